// Variable arguments read where the function may have been suspended before.
// RUN: not %asyncc -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %gcc -fsyntax-only %s 2>&1 | FileCheck %s
#include <asyncc.h>

#include <stdarg.h>
#include <stdio.h>

async int f(int v);
int take(va_list *list);

async int late(int n, ...)
{
	va_list list, copy;
	va_start(list, n);
	int first = va_arg(list, int);
	if (n > 1)
		await f(first);
	first += va_arg(list, int);
// CHECK: va-arg.c:[[#@LINE-1]]:11: error: va_arg after an await: the variable arguments of an async function are gone once it has been suspended; read them before
// CHECK: va-arg.c:[[#@LINE-3]]:3: note: the function may be suspended here
	va_copy(copy, list);
// CHECK: va-arg.c:[[#@LINE-1]]:2: error: va_copy after an await
	vprintf("%d", list);
// CHECK: va-arg.c:[[#@LINE-1]]:2: error: va_list passed on after an await
	take(&list);
// CHECK: va-arg.c:[[#@LINE-1]]:2: error: va_list passed on after an await
	va_end(copy);
	va_end(list);
	return first;
}

async int in_loop(int n, ...)
{
	va_list list;
	va_start(list, n);
	while (n--)
		await f(va_arg(list, int));
// CHECK: va-arg.c:[[#@LINE-1]]:11: error: va_arg after an await
// CHECK: va-arg.c:[[#@LINE-2]]:3: note: the function may be suspended here
	va_start(list, n);
// CHECK: va-arg.c:[[#@LINE-1]]:2: error: va_start after an await
	va_end(list);
	return 0;
}

async int in_time(int n, ...)
{
	int v = 0;
	va_list list;
	va_start(list, n);
	while (n--)
		v += va_arg(list, int);
	va_end(list);
	return await f(v);
}

async int given(va_list list)
{
	await f(1);
	return va_arg(list, int);
}
// CHECK-NOT: va-arg.c:{{[0-9]+}}:{{[0-9]+}}: error: va_
