# Compares the dependency files for many options.
set -eu
cc=$1 asyncc=$2 plugin=$3 work=$4
rm -rf "$work" && mkdir -p "$work/sub/folder" && cd "$work"

cat >f.c <<END
#include <asyncc.h>
#include "sub/one.h"
#include "./sub/../sub/one.h"
#include <stdio.h>
async int f(int a) { return a; }
END
cat >sub/one.h <<END
#pragma once
#if __has_include("asked.h")
#include "asked.h"
#endif
#include "folder/two.h"
END
touch sub/asked.h sub/folder/two.h before.h macros.h

# The headers under the name that the command gives them.
include=$(dirname "$(dirname "$asyncc")")/include
same() {
	rm -f ./*.d
	$cc -isystem "$include" "$@" -c f.c
	for file in *.d; do mv "$file" "$file.plain"; done
	if [ -n "$plugin" ]; then
		$cc -fplugin="$plugin" -isystem "$include" "$@" -c f.c
		for file in *.d.plain; do cmp "$file" "${file%.plain}"; done
		rm -f ./*.d
	fi
	"$asyncc" --asyncc-cc=$cc "$@" -c f.c
	for file in *.d.plain; do cmp "$file" "${file%.plain}"; done
	rm -f ./*.d ./*.plain
}

same -MD
same -MMD
same -MD -MP
same -MMD -MF other.d -MT target
same -MD -MFother.d -MQ '$(odd)'
same -MD -o f2.o
same -MD -Isub -include before.h -imacros macros.h
same -MD -g -O2 -std=c11
same -Wp,-MD,wp.d
