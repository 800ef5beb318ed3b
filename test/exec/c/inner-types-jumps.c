// Values of inner types: in one macro many times, left by jumps, kept, beside names that they hide.
// RUN: %exec %s
#include "exec.h"

static async int f(int v)
{
	await nap();
	return v;
}

#define TWO(a, b)                                                                                  \
	({                                                                                         \
		__auto_type a_ = (a);                                                              \
		__auto_type b_ = (b);                                                              \
		struct {                                                                           \
			__typeof__(a_) x;                                                          \
			__typeof__(b_) y;                                                          \
		} t_ = {a_, b_};                                                                   \
		await f(0);                                                                        \
		t_;                                                                                \
	})
struct list { struct list *next; int v; };
static int count;
static async int t1(int n) {
	/* same macro thrice on one line, nested, as arguments */
	say("%d %d %d", TWO(n, n + 1).y, TWO(TWO(n, 2).x, 3).x, TWO((char)n, TWO(4, 5.5).y).y > 5 ? 1 : 0);
	for (int i = 0, j = TWO(i, 1).y; i < TWO(2, 3).x; i += TWO(1, i).x, j++) say("loop %d %d", i, j);
	return TWO(n, 2).x + TWO(n, 2).y;
}
static async int t2(int n) {
	/* hides a variable that is used in its own initialiser, and after */
	int x = n;
	int r = ({ int y = x; int x = y + 1; struct { int x; } s = {x}; await f(1); x = 50; s; }).x + x;
	/* the same tag again later in the block */
	struct s { long l; } later = {r};
	r += ({ struct s { char c; } q = {1}; await f(2); q; }).c + (int)sizeof(struct s);
	return r + (int)later.l;
}
static async int t3(int n) {
	/* goto out of, loops around, return inside two levels */
	int r = 0;
again:
	r += ({ struct s { int a; } q = {n}; if (count++ < 2) { await f(1); goto again; } ({ struct s { int b; } p = {2}; if (n == 9) return 99; await f(3); p; }).b + q.a > 100 ? q : ({ await f(1); q; }); }).a;
	count = 0;
	return r;
}
static async int t4(int n) {
	/* static, address of static label table inside */
	int r = 0;
	for (int i = 0; i < 3; i++)
		r += ({ static int calls = 10; static const char *const names[] = {"a", "b"}; struct s { int a; const char *t; } q = {calls++, names[i & 1]}; await f(1); say("%s", q.t); q; }).a;
	return r + n;
}
static async int t5(int n) {
	/* pointers kept across awaits after the expression */
	struct list a = {0, n};
	__auto_type p = ({ struct walk { struct list *at; int steps; } *w = malloc(sizeof *w); w->at = &a; w->steps = await f(3); w; });
	await nap();
	int r = p->at->v + p->steps;
	p->steps = await f(r);
	r = p->steps;
	free(p);
	/* in a switch with declarations and cases */
	switch (n & 3) {
		int k;
	case 1: k = ({ struct s { int a; } q = {1}; await f(1); q; }).a; r += k;
	case 2: { __auto_type z = ({ struct s { int a; } q = {2}; await f(1); q; }); await f(0); r += z.a; break; }
	default: r += (n && ({ struct s { int a; } q = {n}; await f(1); q; }).a) ? 5 : 6;
	}
	return r;
}
static async int t6(int n) {
	/* computed goto around */
	static void *const to[] = {&&one, &&two};
	int r = ({ struct s { int a; } q = {n}; await f(1); q; }).a;
	goto *to[n & 1];
one:
	r += ({ struct s { int a; } q = {10}; await f(1); q; }).a;
two:
	r += ({ struct s { int a; } q = {100}; await f(1); q; }).a;
	return r;
}
static async int t7(int n) {
	struct pair p = {n, 2};
	/* compound assignment and order with struct results */
	int a[4] = {1, 2, 3, 4};
	a[({ struct s { int i; } q = {n & 1}; await f(1); q; }).i] += ({ struct s { int i; } q = {await f(5)}; q; }).i;
	p = ({ typedef struct pair P; struct w { P p; } q = {{7, await f(8)}}; q; }).p;
	return a[0] + a[1] * 10 + p.a + p.b + (({ union { int i; unsigned char c[4]; } u = {.i = 0x01020304}; await f(1); u; }).c[0]);
}
int main(void) {
	for (int n = 0; n < 4; n++) {
		say("t1 %d", async_run(t1(n)));
		say("t2 %d", async_run(t2(n)));
		say("t3 %d", async_run(t3(n)));
		say("t4 %d", async_run(t4(n)));
		say("t5 %d", async_run(t5(n)));
		say("t6 %d", async_run(t6(n)));
		say("t7 %d", async_run(t7(n)));
	}
	say("%d", async_run(t3(9)));
	return 0;
}
