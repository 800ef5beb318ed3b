// Statement expressions whose value has a type of their own, in all kinds of places, with all
// kinds of things inside.
// RUN: %exec %s
#include "exec.h"

static int shared = 5;
typedef int T;

struct node {
	int v;
	struct node *next;
};

static int helper(void)
{
	return 3;
}

static async int give(int v)
{
	await nap();
	return v;
}

/* An inner type that has one member, v. */
#define BOX(v) ({ struct box { int a; } box = {v}; await give(1); box; })

static async int linked(int v)
{
	return ({ extern int shared, other; int helper(void); struct s { int a; } x = {shared + helper() + other}; await give(v); x; }).a;
}

int other = 6;

static async int layouts(int v)
{
	int sum = ({
		enum { WIDE = 16 };
		typedef int wide;
		struct s {
			char c;
			wide w __attribute__((aligned(WIDE)));
			_Alignas(WIDE * 2) char d;
			int v __attribute__((vector_size(WIDE)));
		} x = {'a', v, 'b', {v}};
		await give(v);
		say("%zu", sizeof x);
		x;
	}).w;

	sum += ({
		struct p {
			char a;
			int b : 5;
			struct {
				char x;
				union {
					int i;
					char j;
				};
			};
		} __attribute__((packed)) q = {.a = 1, .b = (int)(v & 7), .i = await give(9)};
		say("%zu", sizeof q);
		q;
	}).i;
#pragma pack(push, 1)
	__auto_type z = ({ struct { char a; int b; } q = {1, await give(v)}; q; });
#pragma pack(pop)
	await nap();
	say("%zu %d", sizeof z, z.b);
	return sum;
}

/* One word as type, tag, member, label and variable, inside and outside. */
static async int words(int v)
{
	T x = v;

	return ({
		typedef char T;
		struct T {
			T T;
			int x;
		} y = {.T = (T)300, .x = (int)sizeof(T)};
	T:
		if (v && y.T) {
			v--;
			goto T;
		}
		struct T *w = (struct T *)&y;
		y.x += (int)__builtin_offsetof(struct T, x) + (int)sizeof(struct T);
		y.x += __builtin_types_compatible_p(T, char) + _Generic(y.T, T: 7, default: 8);
		await give(x);
		*w;
	}).x + (int)sizeof(T) + (T)x;
}

static async int control(int v)
{
	for (int i = 0; i < 5; i++) {
		int k = ({
			struct s { int a; } q = {i};
			if (i == 1)
				continue;
			if (i == 3)
				break;
			if (await give(v) == 4 && i == 2)
				return 77;
			q;
		}).a;
		say("k %d", k);
	}
	while (BOX(v--).a > 0)
		say("while %d", v);
	do {
		v++;
		if (v == 1)
			continue;
	} while (BOX(v).a < 3);
	for (int i = BOX(0).a; i < BOX(2).a; i += BOX(1).a)
		say("for %d", i);
	switch (BOX(v).a) {
	case 3:
		say("three");
		break;
	default:
		say("other");
	}
	if (BOX(v).a == 3)
		say("if");
	else
		say("else");
	if (v)
		say("%d", BOX(v).a);
	else
		say("no");
	return ((void)BOX(v).a, BOX(v + 1).a);
}

static async int pointers(int v)
{
	struct node n = {5, 0};
	int sum = (*({ struct node { int w, x; }; static struct node all[2] = {{1, 2}, {3, 4}}; await give(v); &all; }))[1].x;

	sum += ({ struct later *p = 0; struct later { int a; }; struct later l = {v}; p = &l; await give(1); *p; }).a;
	sum += n.v + (int)sizeof(struct node);
	return sum + (({ await give(2); (enum e { E1 = 3, E2 } *)0; }) ? 0 : 1);
}

static async int operands(int v)
{
	int x = v;
	int a[3] = {x + 1, ({ struct s { int a; } q = {x++}; await give(1); q; }).a, x + 1};

	say("%d %d %d", a[0], a[1], a[2]);
	x += ({ struct s { int a; } q = {x}; x = await give(50); q; }).a;
	a[1] = ({ struct s { int a; } q = {x}; x = await give(51); q; }).a;
	return x + a[0] + a[1] + await give(BOX(x).a) + ({ struct s { int a; } q = {await give(6)}; q; }).a * x;
}

static async int variable_lengths(int n)
{
	int sum = 0;

	for (int i = 0; i < 3; i++) {
		if (i == 2)
			goto skip;
		sum += ({
			int a[n + i];
			for (int k = 0; k < n + i; k++)
				a[k] = k;
			await give(1);
			int b[n];
			b[0] = a[n + i - 1];
			struct s { int a; } q = {b[0] + (int)(sizeof a / sizeof a[0])};
			int (*p)[n] = &b;
			(*p)[0]++;
			q;
		}).a;
	skip:
		sum += await give(1);
	}
	return sum;
}

static async int qualified(int v)
{
	const int z = v;
	volatile struct { int a; } vol = {v};
	register int r = v;
	int sum = ({ const struct { const int a; int b[2]; } g = {z, {r, 6}}; await give(vol.a); g; }).b[0];
	_Bool ok = ({ _Complex double c = v; struct s { _Complex double c; _Bool b; } q = {c, 1}; await give(1); q; }).b;

	return sum + ok + ({ union u { long l; struct { int a; } s; } q = {.l = v}; await give(2); q; }).s.a;
}

int main(void)
{
	for (int v = 1; v < 5; v++) {
		say("linked %d", async_run(linked(v)));
		say("layouts %d", async_run(layouts(v)));
		say("words %d", async_run(words(v)));
		say("control %d", async_run(control(v)));
		say("pointers %d", async_run(pointers(v)));
		say("operands %d", async_run(operands(v)));
		say("variable lengths %d", async_run(variable_lengths(v)));
		say("qualified %d", async_run(qualified(v)));
	}
	return 0;
}
