// --emit-c and --dump print, or write the file that -o names.
// RUN: %asyncc --emit-c %s | FileCheck %s
// RUN: %asyncc --emit-c %s -o %t.c && FileCheck %s < %t.c
// RUN: %asyncc --dump=frame %s -o %t.txt && FileCheck %s --check-prefix=FRAME < %t.txt
// RUN: not %asyncc --emit-c %s -o %t.missing/x.c 2>&1 | FileCheck %s --check-prefix=REFUSED
#include <asyncc.h>

async int leaf(int v);

async int twice(int v)
{
	return await leaf(v) * 2;
}
// CHECK: struct async_result_int twice(int v)
// FRAME: twice
// REFUSED: cannot write {{.*}}.missing/x.c
