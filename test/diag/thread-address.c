// The address of a thread-local object or of errno kept across an await: an error, with a flag.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %clang14 -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %asyncc -fsyntax-only -w %s
// RUN: %asyncc -fsyntax-only -Wno-async-thread-address %s 2>&1 | count 0
// RUN: %asyncc -fsyntax-only -Wno-error=async-thread-address %s 2>&1 | FileCheck %s --check-prefix=WARN
// REQUIRES: llvm14
// WARN: warning: 'error' keeps the address of errno across an await; {{.*}} [-Wasync-thread-address]
#include <asyncc.h>

#include <errno.h>

struct pair {
	int a, b[4];
};

static _Thread_local struct pair shared;
static struct pair global;

async int f(int v);

async int kept(void)
{
	int *error = &errno;
	int *member = &shared.b[2], *array = shared.b + 1, *fine = &global.a;

	await f(1);
	if (*error)
// CHECK: thread-address.c:[[#@LINE-1]]:7: error: 'error' keeps the address of errno across an await; take it again after the await [-Wasync-thread-address]
// CHECK: thread-address.c:[[#@LINE-6]]:15: note: the address is taken here
// CHECK: thread-address.c:[[#@LINE-4]]:2: note: the function may be suspended here
		return *fine;
	*member = 1;
// CHECK: thread-address.c:[[#@LINE-1]]:3: error: 'member' keeps the address of thread-local 'shared' across an await
	return array[1];
// CHECK: thread-address.c:[[#@LINE-1]]:9: error: 'array' keeps the address of thread-local 'shared' across an await
}

async int round_and_round(int n)
{
	static __thread int counter;
	int *p = &counter;

	while (n--) {
		*p += 1;
// CHECK: thread-address.c:[[#@LINE-1]]:4: error: 'p' keeps the address of thread-local 'counter' across an await
		await f(n);
// CHECK: thread-address.c:[[#@LINE-1]]:3: note: the function may be suspended here
	}
	return 0;
}

async int on_one_way(int v)
{
	static int other;
	int *p, *q = v ? &other : &shared.a;

	while (v--) {
		if (v == 3)
			p = &shared.b[1];
		else
			p = &other;
		await f(v);
		v += *p;
// CHECK: thread-address.c:[[#@LINE-1]]:9: error: 'p' keeps the address of thread-local 'shared' across an await
// CHECK: thread-address.c:[[#@LINE-6]]:8: note: the address is taken here
// CHECK: thread-address.c:[[#@LINE-4]]:3: note: the function may be suspended here
	}
	return *q;
// CHECK: thread-address.c:[[#@LINE-1]]:10: error: 'q' keeps the address of thread-local 'shared' across an await
}

async int taken_again(int v)
{
	int *error = &errno, *p = &v;

	*error = 0;
	await f(v);
	error = &errno;
	*error = 0;
	if (v)
		return await f(*error);
	await f(*p);
	error = 0;
	await f(2);
	return error == 0 ? errno : 0;
}
// CHECK: 6 errors generated
