// The short words without the header are clang's own error.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
async int f(int v);
// CHECK: missing-include-words.c:[[#@LINE-1]]:1: error: unknown type name 'async'
// CHECK-NEXT: async int f(int v);
// CHECK-NEXT: {{^[ |0-9~]*}}^
// CHECK: error{{s?}} generated
