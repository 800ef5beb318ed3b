// setjmp and longjmp cannot cross an await; between awaits they are plain C.
// RUN: not %asyncc -fsyntax-only -fdiagnostics-print-source-range-info %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only %s 2>&1 | FileCheck %s --check-prefix=PLAIN
#include <asyncc.h>

#include <setjmp.h>

async int f(int v);

static jmp_buf out;
static sigjmp_buf signalled;

async int before(void)
{
	if (setjmp(out))
// CHECK: setjmp.c:[[#@LINE-1]]:6:{[[#@LINE-1]]:6-[[#@LINE-1]]:17}: error: setjmp before an await in an async function: the call that it returns to would be gone{{$}}
// PLAIN: setjmp.c:[[#@LINE-2]]:6: error: setjmp before an await
		return 1;
	return await f(1);
// CHECK: setjmp.c:[[#@LINE-1]]:9: note: the function may be suspended here
}

async int in_loop(int v)
{
	while (v--) {
		v += await f(v);
// CHECK: setjmp.c:[[#@LINE+2]]:7:{{.*}}: error: sigsetjmp before an await
// CHECK: setjmp.c:[[#@LINE-2]]:8: note: the function may be suspended here
		if (sigsetjmp(signalled, 1))
			break;
	}
	return v;
}


async int after(int v)
{
	v += await f(v);
	if (setjmp(out) == 0)
		longjmp(out, 1);
	return v;
}

async void leaves(void)
{
	await f(2);
	longjmp(out, 1);
// CHECK: setjmp.c:[[#@LINE-1]]:2:{[[#@LINE-1]]:2-[[#@LINE-1]]:17}: error: longjmp out of an async function would leave the event loop behind; return an error instead{{$}}
}

int plain(void)
{
	if (setjmp(out))
		return 1;
	longjmp(out, 1);
}
// CHECK: 3 errors generated
