// async on something that is neither a function nor a pointer to one.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

async int object;
// CHECK: async-on-object.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}async{{.*}}function{{.*}}

struct s {
	async int field;
// CHECK: async-on-object.c:[[#@LINE-1]]:{{[0-9]+}}: error: {{.*}}async{{.*}}function{{.*}}
};
// CHECK: 2 errors generated
