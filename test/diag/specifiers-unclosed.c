// The file ends within the specifiers of a declaration.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// CHECK: error: expected
#include <asyncc.h>
async int f(void);
struct __attribute__((unused
