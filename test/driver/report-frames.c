// --report=frames shows all functions, the largest chain first, and each one's frame.
// RUN: %asyncc --report=frames %s | FileCheck %s --match-full-lines
// RUN: %asyncc --asyncc-cc=clang-14 --report=frames %s | FileCheck %s --match-full-lines
// RUN: %gcc --report=frames %s | FileCheck %s --match-full-lines
// RUN: %clang19 -fsyntax-only -fplugin-arg-asyncc-report=frames %s | FileCheck %s --match-full-lines
// RUN: %asyncc --report=frames %s -o %t.txt | count 0
// RUN: FileCheck %s --match-full-lines --input-file %t.txt
// REQUIRES: llvm14, gcc
#include <asyncc.h>

// CHECK:{{.*}}report-frames.c: frames of 9 async functions, in bytes
// CHECK-EMPTY:
// CHECK-NEXT:     frame      chain        task   function
// CHECK-NEXT:        32        192+              top > even <> odd > wait
// CHECK-NEXT:       112        160+              odd <> even > wait
// CHECK-NEXT:        24        160+{{ +[0-9]+}}+  even <> odd > wait
// CHECK-NEXT:        40        112+              ask > place > wait
// CHECK-NEXT:        48         72               place > wait
// CHECK-NEXT:        24         24               wait
// CHECK-NEXT:        24         24               tail | swap
// CHECK-NEXT:         0         24               swap | tail
// CHECK-NEXT:         0          0               never
// CHECK-EMPTY:
// CHECK-NEXT:  + or more; not counted are
// CHECK-NEXT:    functions of other files: elsewhere
// CHECK-NEXT:    calls through pointers: ops->call
// CHECK-NEXT:    further rounds of a recursion (<>): even, odd

struct ops {
	async int (*call)(int n);
};

async int elsewhere(int n);

async int never(int n)
{
	return n;
}
// CHECK:{{.*}}report-frames.c:[[#@LINE-4]]:11: never
// CHECK-NEXT:  no frame: it never waits itself

static async int wait(int n)
{
	await async_yield();
	return n;
}
// CHECK:{{.*}}report-frames.c:[[#@LINE-5]]:18: wait
// CHECK-NEXT:  frame 24, taken when it first has to wait
// CHECK-NEXT:    offset      bytes
// CHECK-NEXT:         0         16   (header)
// CHECK-NEXT:  [[#@LINE-7]]:2 await async_yield, of the runtime: 24 in use
// CHECK-NEXT:        16          4   (awaited value)  int
// CHECK-NEXT:        20          4   n                int  line [[#@LINE-11]]

async int place(char c, long l)
{
	{
		char first[9] = {c};
		l += await wait(first[0]);
	}
	{
		char second[5] = {c};
		return second[0] + (int)l + await wait(3);
	}
}
// CHECK:{{.*}}report-frames.c:[[#@LINE-11]]:11: place
// CHECK-NEXT:  frame 48, taken when it is called
// CHECK-NEXT:  chain 72: place 48 > wait 24
// CHECK-NEXT:    offset      bytes
// CHECK-NEXT:         0         16   (header)
// CHECK-NEXT:        16          9   first                 char[9]  lines [[#@LINE-13]]-[[#@LINE-11]]
// CHECK-NEXT:        16          5   second                char[5]  lines [[#@LINE-10]]-[[#@LINE-8]]
// CHECK-NEXT:        25          7   (padding)
// CHECK-NEXT:  [[#@LINE-15]]:8 await wait: 38 in use
// CHECK-NEXT:        32          8   l                     long     line [[#@LINE-20]]
// CHECK-NEXT:        40          4   (awaited value)       int
// CHECK-NEXT:        44          1   c                     char     line [[#@LINE-22]]
// CHECK-NEXT:        45          3   (padding)
// CHECK-NEXT:  [[#@LINE-16]]:31 await wait: 29 in use
// CHECK-NEXT:        32          4   (awaited value)       int
// CHECK-NEXT:        36          4   (intermediate value)  int      line [[#@LINE-18]]
// CHECK-NEXT:        40          8   (unused here)

static async int swap(int n);

static async int tail(int n)
{
	await async_yield();
	return await swap(n - 1);
}
// CHECK:{{.*}}report-frames.c:[[#@LINE-5]]:18: tail
// CHECK:  [[#@LINE-3]]:2 return await swap: its frame takes the place of this one

static async int swap(int n)
{
	if (!n)
		return 0;
	return await tail(n);
}

static async int odd(int n);

static async int even(int n)
{
	return n && !await odd(n - 1);
}
// CHECK:{{.*}}report-frames.c:[[#@LINE-4]]:18: even
// CHECK-NEXT:  frame 24, taken when it first has to wait
// CHECK-NEXT:  chain 160 or more: even <> odd 136 > wait 24
// CHECK-NEXT:  task {{[0-9]+}} or more: itself and arguments {{[0-9]+}}, chain 160

static async int odd(int n)
{
	char trace[88] = {0};
	await wait(trace[0]);
	return n && !await even(n - 1);
}
// CHECK:{{.*}}report-frames.c:[[#@LINE-6]]:18: odd
// CHECK-NEXT:  frame 112, taken when it is called
// CHECK-NEXT:  chain 160 or more: odd <> even 136 > wait 24

async int ask(struct ops *ops, int n)
{
	int block[n];
	block[0] = await ops->call(1);
	block[0] += await elsewhere(2);
	return block[0] + await place('c', 3);
}
// CHECK:{{.*}}report-frames.c:[[#@LINE-7]]:11: ask
// CHECK:  [[#@LINE-5]]:13 await ops->call, through a pointer: 36 in use
// CHECK-NEXT:        16          8   bound of block        size_t  line [[#@LINE-7]]
// CHECK-NEXT:        24          8   block                 int[n]  line [[#@LINE-8]], in a block of its own
// CHECK:  [[#@LINE-7]]:14 await elsewhere, of another file: {{.*}}

async int top(int n)
{
	async_task(int) task = async_spawn(even(n));
	n = await even(n);
	return n + await async_join(task);
}
// CHECK:{{.*}}report-frames.c:[[#@LINE-6]]:11: top
// CHECK:        16          8   task             async_task(int)  line [[#@LINE-5]]
// CHECK:  [[#@LINE-4]]:13 await of another task: {{.*}}
