// Variables whose type is that of their initialiser, kept in the frame.
// RUN: %exec %s
#include "exec.h"

static async int give(int v)
{
	await nap();
	return v;
}

static async void bump(int *at)
{
	await nap();
	++*at;
}

static async int simple(int v)
{
	__auto_type a = v;
	const __auto_type fixed = v;
	const int *at = &fixed;
	__auto_type list = &(int[3]){1, 2, 3};
	__auto_type row = &list;

	await bump(&a);
	for (__auto_type i = 0; i < 2; i++)
		await bump(&a);
	for (__auto_type i = 0; i < 4;)
		await bump(&i);
	return a + *at + (**row)[2];
}

static async int structures(int v)
{
	__auto_type s = ({ struct q { int x, y; } w = {v, 1}; await give(1); w; });
	__auto_type t = ({ struct q { int x, y; } w = {v, 2}; w; });
	__auto_type u = (struct { int a; }){v};

	await bump(&s.y);
	await bump(&t.y);
	await bump(&u.a);
	return s.x + s.y * 10 + t.y * 100 + u.a * 1000;
}

int main(void)
{
	say("%d %d", async_run(simple(5)), async_run(structures(6)));
	return 0;
}
