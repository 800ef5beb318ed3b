// A spawned task starts at the spawner's next suspension, in order of spawning.
// RUN: %exec %s
// OUT: spawned
// OUT: a starts
// OUT: b starts
// OUT: c starts
// OUT: joined 1 2 3
#include "exec.h"

static async int child(const char *name, int v)
{
	say("%s starts", name);
	await nap();
	return v;
}

async int main(void)
{
	async_task(int) a = async_spawn(child("a", 1));
	async_task(int) b = async_spawn(child("b", 2));
	async_task(int) c = async_spawn(child("c", 3));
	int va, vb, vc;

	say("spawned");
	va = await async_join(a);
	vb = await async_join(b);
	vc = await async_join(c);
	say("joined %d %d %d", va, vb, vc);
	return 0;
}
