/* What the construct tests share: leaf functions whose await can really suspend and
 * which log their calls, and the means to compile the same program erased.
 *
 * With ERASED defined the program is plain C, async and await are nothing, and a
 * spawned call runs at once: this is the oracle. Otherwise asyncc compiles it. What
 * a test prints must be the same in both, so a test may only rely on orders that C
 * defines, or that the language reference does, and then gives its output itself
 * (see run.py).
 *
 * EXEC_MODE in the environment says what the leaves do in the transformed program:
 * "eager" (return at once), "mixed" (every other call suspends), else suspend.
 */
#ifndef EXEC_H
#define EXEC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef ERASED

#define _Async
#define _Await
#define __async__
#define __await__
#ifndef ASYNCC_NO_KEYWORDS
#define async
#define await
#endif

/* Handles have the type that asyncc.h gives them and point at a copy of the value. */
#define async_task(T) __typeof__(__typeof__(T)(*)(struct async_task_tag *))
#define EXEC_VOID(e) __builtin_types_compatible_p(__typeof__(e), void)
#define EXEC_VALUE(e) __builtin_choose_expr(EXEC_VOID(e), ((void)(e), 0), (e))
#define EXEC_VALUE_TYPE(e) __typeof__(__builtin_choose_expr(EXEC_VOID(e), 0, (e)))
#define async_spawn(call)                                                                          \
	((async_task(__typeof__(call))) __extension__({                                            \
		EXEC_VALUE_TYPE(call) exec_value = EXEC_VALUE(call);                               \
		exec_keep(&exec_value, sizeof exec_value);                                         \
	}))
#define EXEC_JOINED(task) (task)((struct async_task_tag *)0)
#define async_join(task)                                                                           \
	__builtin_choose_expr(EXEC_VOID(EXEC_JOINED(task)), (void)(task),                          \
			      *(EXEC_VALUE_TYPE(EXEC_JOINED(task)) *)(void *)(task))
#define async_run(call) (call)

struct async_task_tag;

static inline int async_yield(void)
{
	return 0;
}

/* Values of tasks live until the program ends, where leak checkers see them. */
static inline void *exec_keep(const void *value, size_t size)
{
	static struct kept {
		struct kept *next;
		_Alignas(16) char value[];
	} *first;
	struct kept *kept = malloc(sizeof *kept + size);

	kept->next = first;
	first = kept;
	return memcpy(kept->value, value, size);
}

#else
#include <asyncc.h>
#endif

/* Adds a line to the log, which is the program's output. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static inline bool exec_suspends(void)
{
	static unsigned calls;
	const char *mode = getenv("EXEC_MODE");

	if (mode && !strcmp(mode, "eager"))
		return false;
	return !mode || strcmp(mode, "mixed") != 0 || calls++ % 2 == 0;
}

/* Suspends, without a line in the log. */
static inline _Async void nap(void)
{
	if (exec_suspends())
		_Await async_yield();
}

/* Logs its call, suspends, and gives its argument back; so do all tick_ functions. */
static inline _Async int tick(int v)
{
	say("tick %d", v);
	_Await nap();
	return v;
}

static inline _Async void tick_void(int v)
{
	say("tick_void %d", v);
	_Await nap();
}

static inline _Async bool tick_bool(bool v)
{
	say("tick_bool %d", v);
	_Await nap();
	return v;
}

static inline _Async char tick_char(char v)
{
	say("tick_char %c", v);
	_Await nap();
	return v;
}

static inline _Async short tick_short(short v)
{
	say("tick_short %d", v);
	_Await nap();
	return v;
}

static inline _Async long long tick_ll(long long v)
{
	say("tick_ll %lld", v);
	_Await nap();
	return v;
}

static inline _Async size_t tick_size(size_t v)
{
	say("tick_size %zu", v);
	_Await nap();
	return v;
}

static inline _Async float tick_float(float v)
{
	say("tick_float %g", (double)v);
	_Await nap();
	return v;
}

static inline _Async double tick_double(double v)
{
	say("tick_double %g", v);
	_Await nap();
	return v;
}

static inline _Async long double tick_ld(long double v)
{
	say("tick_ld %Lg", v);
	_Await nap();
	return v;
}

static inline _Async char *tick_str(char *v)
{
	say("tick_str %s", v);
	_Await nap();
	return v;
}

static inline _Async void *tick_ptr(void *v)
{
	say("tick_ptr %s", v ? "set" : "null");
	_Await nap();
	return v;
}

struct pair {
	int a, b;
};

static inline _Async struct pair tick_pair(int a, int b)
{
	say("tick_pair %d %d", a, b);
	_Await nap();
	return (struct pair){a, b};
}

struct big {
	int v[16];
	char name[20];
};

/* A result too large for registers: v[i] == first + i. */
static inline _Async struct big tick_big(int first)
{
	struct big big;

	say("tick_big %d", first);
	_Await nap();
	for (int i = 0; i < 16; i++)
		big.v[i] = first + i;
	snprintf(big.name, sizeof big.name, "big%d", first);
	return big;
}

#endif
