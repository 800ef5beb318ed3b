// await in the initialiser of a file-scope object.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int f(void);

int value = await f();
// CHECK: await-file-scope.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*(await|initializer|not a compile-time constant).*}}
// CHECK: error{{s?}} generated
