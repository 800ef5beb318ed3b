// A frame that outgrows its budget is an error, with what is large in it.
// RUN: echo '# in bytes' > %t.budget
// RUN: echo 'roomy 4000 # enough' >> %t.budget
// RUN: echo 'buffers 1000' >> %t.budget
// RUN: echo 'frame-budget.c:mine 200' >> %t.budget
// RUN: echo 'other.c:mine 1' >> %t.budget
// RUN: echo 'mine 1' >> %t.budget
// RUN: echo '* 64' >> %t.budget
// RUN: not %asyncc -fsyntax-only -fasync-frame-budget=%t.budget %s 2>&1 | FileCheck %s -DBUDGET=%t.budget
// RUN: not %clang14 -fsyntax-only -fplugin-arg-asyncc-frame-budget=%t.budget %s 2>&1 | FileCheck %s -DBUDGET=%t.budget
// RUN: not %gcc -c -fasync-frame-budget=%t.budget %s -o %t.o 2>&1 | FileCheck %s -DBUDGET=%t.budget
// RUN: %asyncc -fsyntax-only -Wno-error=async-frame-budget -fasync-frame-budget=%t.budget %s 2>&1 | FileCheck %s --check-prefix=WARNING
// RUN: %asyncc -fsyntax-only -Wno-async-frame-budget -fasync-frame-budget=%t.budget %s 2>&1 | count 0
// RUN: %asyncc -fsyntax-only %s 2>&1 | count 0
// REQUIRES: llvm14, gcc
#include <asyncc.h>

#include <string.h>

struct state {
	char text[700];
};

async int fill(char *buf, int n);
async struct state load(void);

async int roomy(int n)
{
	char buf[3900];
	return await fill(buf, n) + buf[0];
}

async int buffers(int n)
// CHECK: frame-budget.c:[[#@LINE-1]]:11: error: frame size (1792) exceeds budget (1000, [[BUDGET]]:3) in async function 'buffers' [-Wasync-frame-budget]
// WARNING: frame-budget.c:[[#@LINE-2]]:11: warning: frame size (1792) exceeds budget (1000, {{.*}}:3) in async function 'buffers' [-Wasync-frame-budget]
{
	char in[800], out[800], small[160];
// CHECK: frame-budget.c:[[#@LINE-1]]:7: note: 'in' takes 800 bytes of it
// CHECK: frame-budget.c:[[#@LINE-2]]:16: note: 'out' takes 800 bytes of it
// CHECK: frame-budget.c:[[#@LINE-3]]:26: note: 'small' takes 160 bytes of it
	n += await fill(in, n) + await fill(out, n) + await fill(small, n);
	return n + in[n] + out[n] + small[n];
}

static async int mine(int n)
{
	char buf[120];
	return await fill(buf, n) + buf[0];
}

static async int rest(int n)
// CHECK: frame-budget.c:[[#@LINE-1]]:18: error: frame size (720) exceeds budget (64, [[BUDGET]]:7) in async function 'rest' [-Wasync-frame-budget]
{
	return (await load()).text[n] + await mine(n);
// CHECK: frame-budget.c:[[#@LINE-1]]:10: note: the awaited value takes 700 bytes of it
}

async int light(int n)
{
	return await rest(n) + n;
}
// CHECK: 2 errors generated
