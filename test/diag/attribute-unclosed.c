// The file ends within an attribute.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// CHECK: error: expected
#include <asyncc.h>
async int f(void) __attribute__((unused (
