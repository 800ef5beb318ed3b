/* Generators: async functions that give a sequence of values, one each time they are asked.
 *
 *     async int count(async_generator(int) out, int from, int to)
 *     {
 *             int error = 0;
 *
 *             for (int i = from; i < to && !error; i++)
 *                     error = await async_generator_yield(out, i);
 *             return error;
 *     }
 *
 *     async_for (int, n, numbers, count(numbers, 1, 10))
 *             printf("%d\n", n);
 *
 * A generator is a task of its own that runs only while it is asked for a value; whoever
 * asks waits for as long. It may await what it likes, and ask other generators. It belongs
 * to the block that starts it: wherever that is left, the generator is cancelled, and
 * awaited if it has more to do, so it may use variables of the function that started it.
 *
 * The calls are for the thread of the task. One task at a time asks a generator.
 */
#ifndef ASYNCC_GENERATOR_H
#define ASYNCC_GENERATOR_H

#include <asyncc.h>
#include <asyncc/group.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The handle of a generator of values of type T, which can be assigned. */
#define async_generator(T) __typeof__(__typeof__(T)(*)(struct async_generator_tag *))

/* Gives a value to the task that asked for it, and waits until it asks for the next one. To
 * be awaited by the generator or by functions that it calls. Gives 0; -ECANCELED when the
 * generator is cancelled, as it is when nobody wants more: it should return then; -EINVAL
 * in another task. */
#define async_generator_yield(generator, value)                                                    \
	async__generator_yield(async__generator(generator),                                        \
			       (async__generator_type(generator)[1]){value})

/* Asks for the next value and stores it in what to points at. Gives 1; 0 when there are no
 * more; the generator's own result when that is a negative signed integer, again at each
 * call; -ENOMEM when it could not be started; -ECANCELED: the generator goes on with the
 * value asked for, which the next call gets; -EBUSY while another task asks, or when the
 * generator would ask itself. */
#define async_generator_next(generator, to)                                                        \
	async__generator_next(async__generator(generator),                                         \
			      (1 ? (to) : (async__generator_type(generator) *)0))

/* The same as a case for async_select (select.h). When another case is done, the generator goes on
 * with the value asked for, which the next call gets. */
#define async_on_next(generator, to)                                                               \
	{.kind = &async__on_next,                                                                  \
	 .object = async__generator(generator),                                                    \
	 .value = 1 ? (to) : (async__generator_type(generator) *)0}
extern const struct async__case_kind async__on_next;

/* Cancels a generator that has not ended and waits for its end. Gives the generator's result
 * when that is a negative signed integer, else 0; -ECANCELED from a generator that was
 * cancelled here counts as 0. The second time it does nothing. The calling task's own
 * cancellation does not shorten it. */
#define async_generator_close(generator) async__generator_close(async__generator(generator))

/* Starts CALL, a call of an async function, as a generator of this name, which the call can
 * hand to the function. Closed wherever the block around is left; closing it earlier is
 * possible and gives its result. To be used in a block, in an async function. */
#define ASYNC_GENERATOR(T, generator, call)                                                        \
	__attribute__((                                                                            \
		cleanup(async__generator_close))) struct async__generator async__##generator = {   \
		.size = sizeof(T)};                                                                \
	async_generator(T) generator = (async_generator(T))(uintptr_t)&async__##generator;         \
	async__generator_start(&async__##generator, async__generator_task(call),                   \
			       async__generator_error_size(call))

/* Runs the statement that follows once for each value of a generator, which is started and
 * closed as above. `break`, `continue`, `goto` and `return` do in it what they do in a loop.
 * A failure ends the loop; to learn of it, use ASYNC_GENERATOR and async_generator_next. */
#define async_for(T, value, generator, call)                                                       \
	for (struct async__generator async__##generator                                            \
	     __attribute__((cleanup(async__generator_close))) = {.size = sizeof(T)},               \
	     *async__##generator##_once = &async__##generator;                                     \
	     async__##generator##_once; async__##generator##_once = NULL)                          \
		for (async_generator(T)                                                            \
			     generator = (async_generator(T))(uintptr_t)&async__##generator;       \
		     async__##generator##_once &&                                                  \
		     async__generator_start(&async__##generator, async__generator_task(call),      \
					    async__generator_error_size(call));                    \
		     async__##generator##_once = NULL)                                             \
			for (T value; _Await async_generator_next(generator, &value) > 0;)

#define async__generator(generator) ((struct async__generator *)(uintptr_t)(generator))
#define async__generator_type(generator) __typeof__((generator)((struct async_generator_tag *)0))
#define async__generator_task(call) ((struct async_task *)(uintptr_t)async_spawn(call))
#define async__generator_error_size(call) async__error_size((async_task(__typeof__(call)))0)

struct async_generator_tag;

struct async__generator {
	size_t size;
	struct async__proxy proxy; /* joins the task */
	struct async_task *task;   /* NULL: not started, or ended */
	struct async_task *waiter; /* asks, or closes */
	const void *value;         /* given, and not asked for yet */
	void *to;                  /* where the next value is wanted; NULL: nobody asks */
	int error_size;
	int result;
	bool parked; /* the task waits to be asked */
	bool closing;
};

/* Gives true, always. */
bool async__generator_start(struct async__generator *generator, struct async_task *task,
			    int error_size);
_Async int async__generator_yield(struct async__generator *generator, const void *value);
_Async int async__generator_next(struct async__generator *generator, void *to);
_Async int async__generator_close(struct async__generator *generator);

#ifdef __cplusplus
}
#endif

#endif
