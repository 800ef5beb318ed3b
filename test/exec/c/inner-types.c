// Values of types that are declared inside the statement expression that gives them.
// RUN: %exec %s
#include "exec.h"

#define PAIR(x, y)                                                                                 \
	({                                                                                         \
		__auto_type first_ = (x);                                                          \
		__auto_type second_ = (y);                                                         \
		struct {                                                                           \
			__typeof__(first_) a;                                                      \
			__typeof__(second_) b;                                                     \
		} pair_ = {first_, second_};                                                       \
		pair_;                                                                             \
	})

static async int give(int v)
{
	say("give %d", v);
	await nap();
	return v;
}

static async double real(double v)
{
	await nap();
	return v;
}

static async int tagged(int v)
{
	struct pair p = {100, 200};

	return ({ struct pair { int a, b, c; } p = {v, 2, 3}; await give(1); p.b++; p; }).b + p.b + (int)sizeof(struct pair) / (int)sizeof(int);
}

static async int anonymous(int v)
{
	return ({ await give(1); (struct { int a; }){v}; }).a + await give(2);
}

static async int pointer(int v)
{
	int *q = &({ static struct pair { int a, b; } p; await give(1); p.b += v; &p; })->b;

	await nap();
	*q += 1;
	return *q;
}

static async int macros(int v)
{
	int sum = PAIR(v, 2.5).a + (int)PAIR((char)3, v + 1).b + (int)PAIR(await give(v), await real(0.5)).a;
	__auto_type p = PAIR(await give(4), (char)await give(5));
	__auto_type q = PAIR(PAIR(await give(6), 7).a, PAIR(8, await give(9)));

	await nap();
	say("%d %d %zu %zu", p.a, p.b, sizeof p, sizeof p.b);
	say("%d %d %d", q.a, q.b.a, q.b.b);
	return sum;
}

static async int nested(int v)
{
	return ({ ({ struct s { int a; } x = {v}; await give(1); x; }); }).a
	       + ({ __auto_type y = ({ struct s { int b; } x = {v}; await give(2); x; }); await give(3); y; }).b
	       + ({ await give(4); ({ struct s { int c; } x = {v}; x; }); }).c;
}

enum { SIZE = 2, OTHER };
typedef long number;

static async int names(int v)
{
	int n = v;
	static int calls = 100;
	int sum = ({
		enum { SIZE = 5, MORE };
		typedef short number;
		typedef struct { number at[SIZE]; } row;
		static int calls;
		int n = 3;
		struct node { struct node *next; row r; number rest[sizeof n]; enum which { A, B = MORE } w; } x = {.r = {{1, 2, 3}}, .w = B};
		x.next = &x;
		calls += v;
		x.r.at[0] = (number)calls;
		await give(n);
		switch (x.w) { case B: x.r.at[1]++; break; default: break; }
		x;
	}).r.at[1] + SIZE + (int)sizeof(number) + n + calls;
	enum which { B = 40 };
	struct node { char c; };
	return sum + B + (int)sizeof(struct node) + (OTHER > 0) + await give(1);
}

static async int branches(int v)
{
	int sum = 0;
	for (int i = 0; i < 3; i++) {
		sum += (i ? ({ struct s { int a, b; } *x = &(struct s){i, v}; await give(i); x->a; }) : 7);
		__auto_type p = i != 1 ? ({ static struct s { int a, b; } x = {1, 2}; await give(10 + i); x.a += v; &x; }) : NULL;
		__auto_type q = i != 2 ? 0 : ({ static struct s { int a, b; } x; x.b += await give(v); &x; });
		await nap();
		say("%d %d", p ? p->a : -1, q ? q->b : -2);
		say("%d", _Generic(i, int: ({ struct s { int a; } x = {i}; await give(30); x; }), default: give).a);
	}
	return sum;
}

static void drop(int *v)
{
	say("drop %d", *v);
}

static async void drop_later(int *v)
{
	await nap();
	say("drop later %d", *v);
}

static async int cleanups(int v)
{
	int a = ({
		__attribute__((cleanup(drop))) int x = v;
		__attribute__((cleanup(drop_later))) int y = v + 1;
		struct s { int a, b; } z = {x, await give(y)};
		x = 9;
		z;
	}).b;
	say("%d", a);
	int n = 3 + v;
	int b = ({
		await give(n);
		int m[n];
		for (int i = 0; i < n; i++) m[i] = i;
		struct s { int a; int *p; } z = {m[n - 1], &n};
		z;
	}).a + await give(2);
	return a + b;
}

static async int labels(int v)
{
	int sum = 0;
	for (int i = 0; i < 2; i++) {
		sum += ({ __label__ out; struct s { int a; } x = {v}; if (await give(i)) goto out; x.a += 5; out:; x; }).a;
		sum += ({ __label__ out; struct s { int b; } x = {v}; if (!await give(i)) goto out; x.b += 50; out:; x; }).b;
	}
	return sum;
}

int main(void)
{
	for (int v = 0; v < 3; v++) {
		say("%d", async_run(tagged(v)));
		say("%d", async_run(anonymous(v)));
		say("%d", async_run(pointer(v)));
		say("%d", async_run(macros(v)));
		say("%d", async_run(nested(v)));
		say("%d", async_run(names(v)));
		say("%d", async_run(branches(v)));
		say("%d", async_run(cleanups(v)));
		say("%d", async_run(labels(v)));
	}
	return 0;
}
