# The same project under make, CMake, Meson and with a compiler cache.
set -eu
asyncc=$1 project=$3 work=$4
export ASYNCC_CC=$2
rm -rf "$work" && mkdir "$work" && cd "$work"
export PATH="$(dirname "$asyncc"):$PATH"

expect() {
	output=$("$1") || { echo "$1: exit status $?"; exit 1; }
	[ "$output" = "sum 42" ] || { echo "$1: $output"; exit 1; }
}

cp -r "$project" make
make -C make CC=asyncc >/dev/null
expect make/program
touch make/part.h
make -C make -q CC=asyncc && { echo "make does not know part.h"; exit 1; }

if command -v cmake >/dev/null; then
	cmake -G Ninja -S "$project" -B cmake -DCMAKE_C_COMPILER=asyncc >cmake.log
	grep -qE "C compiler identification is (Clang|GNU) [0-9]" cmake.log
	cmake --build cmake >/dev/null
	expect cmake/program
	cmake -G "Unix Makefiles" -S "$project" -B launcher -DCMAKE_C_COMPILER="$ASYNCC_CC" \
		-DCMAKE_C_COMPILER_LAUNCHER=asyncc -DCMAKE_C_LINKER_LAUNCHER=asyncc >/dev/null
	cmake --build launcher >/dev/null
	expect launcher/program
fi

if command -v meson >/dev/null; then
	CC=asyncc meson setup meson "$project" >meson.log
	grep -qE "C compiler for the host machine: asyncc \((clang|gcc) [0-9]" meson.log
	ninja -C meson >/dev/null
	expect meson/program
fi

if command -v ccache >/dev/null; then
	export CCACHE_DIR=$work/ccache CCACHE_COMPILERCHECK="%compiler% --asyncc-fingerprint"
	for round in 1 2; do
		ccache "$asyncc" -Wall -Werror -c "$project/part.c" -o part.o
	done
	ccache --print-stats | grep -qE "^(direct|preprocessed)_cache_hit	1$" ||
		{ ccache --print-stats; exit 1; }
	asyncc "$project/main.c" part.o -o program
	expect ./program
	ASYNCC_CC="ccache $ASYNCC_CC" asyncc "$project/main.c" part.o -o program
	expect ./program
fi
