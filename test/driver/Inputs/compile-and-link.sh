# Runs a compiler command in every shape that build systems use.
set -eu
asyncc=$1 cc="--asyncc-cc=$2" project=$3 work=$4
rm -rf "$work" && mkdir -p "$work/a folder" && cd "$work"
strict="-Wall -Wextra -Wshadow -Wpedantic -Werror"

expect() {
	output=$("$1") || { echo "$3: exit status $?"; exit 1; }
	[ "$output" = "$2" ] || { echo "$3: $output"; exit 1; }
	rm -f "$1"
}

files() {
	found=$(ls -A | tr '\n' ' ')
	[ "$found" = "a folder $1" ] || { echo "files left: $found"; exit 1; }
}

"$asyncc" $cc $strict "$project"/*.c -o program
expect ./program "sum 42" "all at once"
"$asyncc" $cc $strict -g -O2 -pthread "$project"/*.c -lm
expect ./a.out "sum 42" "default output"
files ""

"$asyncc" $cc $strict -c -O1 -DSCALE=2 "$project/main.c"
"$asyncc" $cc $strict -c "$project/part.c" "$project/other.c"
files "main.o other.o part.o "
"$asyncc" $cc main.o part.o other.o -o program
expect ./program "sum 84" "objects"
"$asyncc" $cc main.o "$project/part.c" other.o -o program
expect ./program "sum 84" "objects and sources"
rm ./*.o

"$asyncc" $cc -S "$project/part.c" "$project/other.c"
files "other.s part.s "
"$asyncc" $cc -c part.s -o part.o
"$asyncc" $cc -std=gnu11 "$project/main.c" part.o other.s -o program
expect ./program "sum 42" "assembly"
rm ./*.o ./*.s

for standard in c11 gnu11 c17 gnu17 c2x; do
	"$asyncc" $cc -std=$standard $strict "$project"/*.c -o program
	expect ./program "sum 42" $standard
done

"$asyncc" $cc -E "$project/part.c" -o part.i
"$asyncc" $cc -c part.i -o part.o
"$asyncc" $cc -c -x cpp-output part.i -o "a folder/part.o"
cmp part.o "a folder/part.o"
"$asyncc" $cc "$project/main.c" part.o -o program
expect ./program "sum 42" "preprocessed"
rm part.i part.o "a folder/part.o"

"$asyncc" $cc -x c -I "$project" -c -o main.o - <"$project/main.c"
"$asyncc" $cc -I"$project" -xc -S -o - - <"$project/part.c" >part.s
"$asyncc" $cc main.o part.s -o program
expect ./program "sum 42" "standard input"
"$asyncc" $cc -x c "$project/main.c" "$project/part.c" -o program
expect ./program "sum 42" "-x c before files that are linked"
rm main.o part.s

cp "$project"/* "a folder"
"$asyncc" $cc -Wall -Werror -MD -c "a folder/part.c" -o "a folder/part.o"
grep -q 'a\\ folder/part.h' "a folder/part.d"
cat >"a folder/arguments" <<END
-DSCALE=3 "a folder/main.c"
'a folder/part.o' -o a\ folder/program
END
"$asyncc" $cc "@a folder/arguments"
expect "a folder/program" "sum 126" "response file"
echo "--asyncc-runtime=none -nostdlib" >"a folder/more"
if "$asyncc" $cc "@a folder/arguments" "@a folder/more" 2>/dev/null; then
	echo "linked without a runtime"
	exit 1
fi
rm "a folder/"*

"$asyncc" $cc --asyncc-runtime=shared "$project"/*.c -o program
expect ./program "sum 42" "shared runtime"
"$asyncc" $cc -shared -fPIC "$project/part.c" -o libpart.so
"$asyncc" $cc "$project/main.c" -L. -lpart -Wl,-rpath,"$work" -o program
expect ./program "sum 42" "shared library of the user"
"$asyncc" $cc -r "$project/main.c" "$project/part.c" -o both.o
"$asyncc" $cc both.o -o program
expect ./program "sum 42" "-r"
rm libpart.so both.o

"$asyncc" $cc -fsyntax-only "$project/main.c"
files ""
