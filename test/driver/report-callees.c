// The report names what is awaited, however the call is written.
// RUN: %asyncc --report=frames %s | FileCheck %s --implicit-check-not=' await '
// RUN: %asyncc --asyncc-cc=clang-14 --report=frames %s | FileCheck %s --implicit-check-not=' await '
// REQUIRES: llvm14
#include <asyncc.h>

typedef async int handler(int n);

struct table {
	async int (*at[2])(int n);
};

async int other(int n);

async int here(int n)
{
	await async_yield();
	return n;
}
// CHECK: await async_yield, of the runtime:

static async void done(int *n)
{
	*n = await here(*n);
}
// CHECK: await here:

async int all(struct table *table, handler *given, int n)
{
	__attribute__((cleanup(done))) int cleaned = n;
	async_chan(int) chan = async_chan_new(int, 4);
	n += await (here)(n) + await (&here)(n);
	n += await (*given)(n);
	n += await (n ? here : *given)(n);
	n += await table->at[
		n % 2](n);
	n += await other(n);
	n += ({
		int inner = await here(n);
		inner + 1;
	});
	await async_chan_send(chan, n);
	return cleaned + await async_join(async_spawn(here(n)));
}
// CHECK: [[#@LINE-13]]:7 await here:
// CHECK: [[#@LINE-14]]:25 await here:
// CHECK: [[#@LINE-14]]:7 await (*given), through a pointer:
// CHECK: [[#@LINE-14]]:7 await (n ? here : *given), through a pointer:
// CHECK: [[#@LINE-14]]:7 await table->at[ n % 2], through a pointer:
// CHECK: async_chan(int)
// CHECK: [[#@LINE-14]]:7 await other, of another file:
// CHECK: [[#@LINE-13]]:15 await here:
// CHECK: [[#@LINE-11]]:2 await async_chan_send, of the runtime:
// CHECK: await of another task:
// CHECK: [[#@LINE-12]]:2 await done:
// CHECK: [[#@LINE-12]]:1 await done:
