// The word before a declaration at file scope is an error, in whatever spelling.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(void);

// CHECK: [[@LINE+1]]:28: error: asyncc cannot read this: expected ';' near 'int'
__attribute__((__await__)) int (*pointer)(void) = f;
