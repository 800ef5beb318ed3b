// Pinned objects are aligned as declared, in every one of many frames of odd sizes.
// RUN: %exec %s
#include "exec.h"

#include <stdint.h>

static int misplaced;

static async void look(const void *at, uintptr_t align)
{
	await nap();
	misplaced += (uintptr_t)at % align != 0;
}

#define HOLDER(align)                                                                              \
	static async int hold_##align(long n)                                                      \
	{                                                                                          \
		_Alignas(align) char block[align];                                                 \
		long more = n * 3;                                                                 \
                                                                                                   \
		block[0] = (char)n;                                                                \
		await look(block, align);                                                          \
		return (int)more + block[0];                                                       \
	}

HOLDER(8)
HOLDER(16)
HOLDER(32)
HOLDER(64)

async int main(void)
{
	async_task(int) tasks[80];
	int sum = 0;

	for (int i = 0; i < 80; i += 4) {
		tasks[i] = async_spawn(hold_8(i));
		tasks[i + 1] = async_spawn(hold_16(i));
		tasks[i + 2] = async_spawn(hold_32(i));
		tasks[i + 3] = async_spawn(hold_64(i));
	}
	for (int i = 0; i < 80; i++)
		sum += await async_join(tasks[i]);
	say("%d %d", sum, misplaced);
	return 0;
}
