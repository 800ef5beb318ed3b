#!/bin/sh
# The main job, shown: compiles two of the examples with the asyncc of a build tree and
# runs them against real peers on this machine.
#
#     examples/demo.sh BUILD_DIR
set -eu

examples=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-build}" && pwd)
asyncc=$build/bin/asyncc
work=$(mktemp -d)
server=
nginx=

finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	[ -z "$nginx" ] || kill "$nginx" 2>/dev/null || :
	wait
	rm -rf "$work"
}
trap finish EXIT

# Runs a command and shows it, with paths as a user would type them.
run() {
	echo "\$ $*" | sed "s|$build/bin/||g; s|$examples/||g; s|$work/||g"
	"$@"
}

memory() {
	awk '/VmRSS/ { print $2 " KiB" }' "/proc/$server/status"
}

# Waits until the command in the arguments succeeds.
await() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || { echo "demo: waited in vain for: $*" >&2; exit 1; }
		sleep 0.05
	done
}

ulimit -n 4096 2>/dev/null || :

echo "1. An echo server in async C, and 1,000 connections of a plain C epoll client"
run "$asyncc" -O2 "$examples/echo_server.c" -o "$work/echo_server"
run cc -O2 "$examples/../test/Inputs/echo_load.c" -o "$work/echo_load"
"$work/echo_server" 0 >"$work/port" &
server=$!
await grep -q port "$work/port"
port=$(sed 's/.* //' "$work/port")
echo "$ echo_server $port &"
idle=$(memory)
run "$work/echo_load" "$port" 1000 1
before=$(memory)
run "$work/echo_load" "$port" 1000 2
echo "memory of the server: $idle at the start, $before after the first run, $(memory) after the second"
kill $server
wait $server 2>/dev/null || :
server=

echo
nginx_command=$(PATH=$PATH:/usr/sbin command -v nginx || :)
if [ -z "$nginx_command" ]; then
	echo "2. The fetcher is not shown: nginx is not installed"
	exit 0
fi
echo "2. A concurrent HTTP fetcher in async C, and nginx sending 20 files of 400 KiB at 200 KiB/s each"
mkdir "$work/www" "$work/out"
i=1
while [ $i -le 20 ]; do
	head -c 409600 /dev/urandom >"$work/www/file$i"
	i=$((i + 1))
done
# Below those that the kernel gives to connections.
port=$((20000 + $$ % 12000))
cat >"$work/nginx.conf" <<END
daemon off; master_process off; pid $work/nginx.pid; error_log $work/error.log;
events { }
http {
	access_log off; limit_rate 200k; root $work/www;
	client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;
	uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
	server { listen 127.0.0.1:$port; }
}
END
"$nginx_command" -p "$work" -c "$work/nginx.conf" 2>/dev/null &
nginx=$!
await test -s "$work/nginx.pid"
run "$asyncc" -O2 "$examples/http_fetch.c" -o "$work/http_fetch"
urls=$(i=1; while [ $i -le 20 ]; do echo "http://127.0.0.1:$port/file$i"; i=$((i + 1)); done)
echo "$ http_fetch out http://127.0.0.1:$port/file1 ... http://127.0.0.1:$port/file20"
start=$(date +%s%N)
# One word for each URL is wanted.
# shellcheck disable=SC2086
"$work/http_fetch" "$work/out" $urls
end=$(date +%s%N)
for file in "$work"/www/*; do
	cmp "$file" "$work/out/${file##*/}"
done
echo "20 files compared, all equal, in $(((end - start) / 1000000)) ms; one after another they take 40 s at this rate"
