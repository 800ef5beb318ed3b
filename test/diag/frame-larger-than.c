// -Wasync-frame-larger-than=N names the functions and what is large in their frames.
// RUN: %asyncc -fsyntax-only -Wasync-frame-larger-than=1000 %s 2>&1 | FileCheck %s
// RUN: %clang14 -fsyntax-only -fplugin-arg-asyncc-Wasync-frame-larger-than=1000 %s 2>&1 | FileCheck %s
// RUN: %gcc -c -Wasync-frame-larger-than=1000 %s -o %t.o 2>&1 | FileCheck %s
// RUN: not %asyncc -fsyntax-only -Werror=async-frame-larger-than=1000 %s 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: %asyncc -fsyntax-only -Wall -Wextra -Wasync -Werror %s 2>&1 | count 0
// RUN: %asyncc -fsyntax-only -Wasync-frame-larger-than=10000 %s 2>&1 | count 0
// RUN: %asyncc -fsyntax-only -Wasync-frame-larger-than=10 -Wno-async-frame-larger-than %s 2>&1 | count 0
// REQUIRES: llvm14
#include <asyncc.h>

#include <string.h>

struct state {
	char text[800];
};

async int fill(char *buf, int n);

async int large(int n)
// CHECK: frame-larger-than.c:[[#@LINE-1]]:11: warning: frame size ([[#%u,SIZE:]]) exceeds limit (1000) in async function 'large' [-Wasync-frame-larger-than]
// ERROR: frame-larger-than.c:[[#@LINE-2]]:11: error: frame size ({{[0-9]+}}) exceeds limit (1000) in async function 'large' [-Werror,-Wasync-frame-larger-than]
{
	char buf[4000];
// CHECK: frame-larger-than.c:[[#@LINE-1]]:7: note: 'buf' takes 4000 bytes of it
	struct state state;
// CHECK: frame-larger-than.c:[[#@LINE-1]]:15: note: 'state' takes 800 bytes of it
	int small = n;

	memset(&state, n, sizeof state);
	n += await fill(buf, n);
	return n + small + state.text[1] + buf[n];
}

async int ends_before(int n)
{
	{
		char buf[4000];
		memset(buf, n, sizeof buf);
		n += buf[n];
	}
	return await fill(0, n) + n;
}
// CHECK-NOT: warning:
// CHECK: 1 warning generated
