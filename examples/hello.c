/* Two greetings at their own pace, on one thread: the smallest program with tasks.
 *
 *     asyncc hello.c -o hello && ./hello
 */
#include <asyncc.h>

#include <stdio.h>

static async int greet(const char *name, int times, int pause_ms)
{
	for (int i = 1; i <= times; i++) {
		await async_sleep_ms(pause_ms);
		printf("hello %s, %d of %d\n", name, i, times);
	}
	return times;
}

async int main(void)
{
	async_task(int) slow = async_spawn(greet("world", 2, 50));
	async_task(int) fast = async_spawn(greet("there", 4, 20));
	int greetings = await async_join(slow) + await async_join(fast);

	printf("%d greetings\n", greetings);
	return greetings > 0 ? 0 : 1; /* a task that could not be started has the result -ENOMEM */
}
