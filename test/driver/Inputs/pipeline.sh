# Output modes of clang, each to a program that runs.
set -eu
clang=$1 asyncc="$2 --asyncc-cc=$1" project=$3 work=$4
llvm=$(dirname "$(readlink -f "$(command -v "$clang")")")
rm -rf "$work" && mkdir "$work" && cd "$work"
cp "$project"/*.[ch] .

expect() {
	output=$(./program) || { echo "$1: exit status $?"; exit 1; }
	[ "$output" = "sum 42" ] || { echo "$1: $output"; exit 1; }
	rm program
}

for options in -flto=thin -flto "-fsanitize=address,undefined" "-g3 -fdebug-macro" "-gsplit-dwarf" \
	"-fcoverage-mapping -fprofile-instr-generate" --coverage -fPIE "-static" "-Os -march=native" \
	"-ffunction-sections -Wl,--gc-sections" "-fstack-protector-strong -D_FORTIFY_SOURCE=2 -O2" \
	"-fmodules" "-fms-extensions" "-fshort-enums" "-funsigned-char" "-fblocks"; do
	case $options in -flto*) options="$options -fuse-ld=lld"; [ -x "$llvm/ld.lld" ] || continue ;; esac
	$asyncc $options main.c part.c other.c -o program
	expect "$options"
done

$asyncc -S -emit-llvm main.c part.c
$asyncc main.ll part.ll -o program
expect "LLVM assembly"
$asyncc -c -emit-llvm main.c part.c
$asyncc main.bc part.bc -o program
expect "bitcode"
rm -f ./*.ll ./*.bc

mkdir temps && cd temps
$asyncc -save-temps -g -c ../main.c ../part.c
[ -s main.i ] && [ -s main.s ] && [ -s part.i ]
$asyncc main.o part.o -o ../program
cd .. && expect "-save-temps"

if $asyncc -c --serialize-diagnostics main.dia -DSCALE=undeclared main.c 2>/dev/null; then
	exit 1
fi
[ -s main.dia ]
