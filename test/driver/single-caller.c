// A static function that is awaited in one place goes on with its caller; where its name stands
// anywhere else, or in a loop, that is left to the runtime.
// RUN: %asyncc --emit-c %s | FileCheck %s
// RUN: %asyncc --emit-c -DALIAS %s | FileCheck %s --check-prefix=ALIAS
#include <asyncc.h>

// CHECK-LABEL: *__asyncc_once_resume(struct async_frame *__asyncc_frame)
// CHECK: if (caller->point != &__asyncc_user_points[1]) __builtin_unreachable();
// CHECK-NEXT: return __asyncc_user_resume(caller);
// ALIAS-NOT: return __asyncc_user_resume(caller);
static async int once(int v)
{
	await async_yield();
	return v + 1;
}

// CHECK-LABEL: *__asyncc_twice_resume(struct async_frame *__asyncc_frame)
// CHECK: return caller;
static async int twice(int v)
{
	await async_yield();
	return v + 2;
}

// CHECK-LABEL: *__asyncc_stored_resume(struct async_frame *__asyncc_frame)
// CHECK: return caller;
static async int stored(int v)
{
	await async_yield();
	return v + 3;
}

// CHECK-LABEL: *__asyncc_spawned_resume(struct async_frame *__asyncc_frame)
// CHECK: return caller;
static async int spawned(int v)
{
	await async_yield();
	return v + 4;
}

// CHECK-LABEL: *__asyncc_last_resume(struct async_frame *__asyncc_frame)
// CHECK: return caller;
static async int last(int v)
{
	await async_yield();
	return v + 5;
}

// CHECK-LABEL: *__asyncc_repeated_resume(struct async_frame *__asyncc_frame)
// CHECK: return caller;
static async int repeated(int v)
{
	await async_yield();
	return v + 6;
}

// CHECK-LABEL: *__asyncc_global_resume(struct async_frame *__asyncc_frame)
// CHECK: return caller;
async int global(int v)
{
	await async_yield();
	return v + 7;
}

#ifdef ALIAS
__attribute__((alias("once"))) async int other(int v);
#endif

async int user(int v)
{
	async int (*pointer)(int) = stored;
	async_task(int) task;

	v += await twice(v);
	v += await once(v);
	v += await twice(v) + await pointer(v) + await global(v);
	while (v < 0)
		v += await repeated(v);
	task = async_spawn(spawned(v));
	v += await async_join(task);
	return await last(v);
}
