set -eu
build=$1 inputs=$2 work=$3
rm -rf "$work" && mkdir "$work" && cd "$work"
cmake --install "$build" --prefix "$work/first" >/dev/null
mv first "moved prefix"
prefix="$work/moved prefix"
asyncc="$prefix/bin/asyncc"

expect() {
	output=$("$1") || { echo "$1: exit status $?"; exit 1; }
	[ "$output" = "sum 42" ] || { echo "$1: $output"; exit 1; }
}

for cc in clang-19 clang-14 gcc; do
	"$asyncc" --asyncc-cc=$cc -Wall -Werror "$inputs"/project/*.c -o program
	expect ./program
	"$asyncc" --asyncc-cc=$cc --asyncc-runtime=shared "$inputs"/project/*.c -o program
	expect ./program
	cmake -G Ninja -S "$inputs/package" -B cmake-$cc -DCMAKE_C_COMPILER=$cc \
		-DCMAKE_PREFIX_PATH="$prefix" >/dev/null
	cmake --build cmake-$cc >/dev/null
	expect cmake-$cc/program
done
cmake -G Ninja -S "$inputs/package" -B cmake-asyncc -DCMAKE_C_COMPILER="$asyncc" \
	-DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build cmake-asyncc >/dev/null
expect cmake-asyncc/program

mv "moved prefix" moved
for version in 19 14; do
	clang-$version -fplugin="$work/moved/lib/asyncc/asyncc-$version.so" "$inputs"/project/*.c \
		$(PKG_CONFIG_PATH="$work/moved/lib/pkgconfig" pkg-config --cflags --libs --static asyncc) \
		-Wl,-rpath,"$work/moved/lib" -o program
	expect ./program
done
grep -q asyncc moved/share/man/man1/asyncc.1
