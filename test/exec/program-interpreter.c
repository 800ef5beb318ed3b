// A small stack machine: a table of async instructions, calls, loops and a heap.
// RUN: %exec %s
#include "exec.h"

struct vm;

struct code {
	async int (*run)(struct vm *vm, int operand);
	int operand;
};

struct vm {
	const struct code *code;
	int pc, top, frames;
	int stack[64], returns[16], heap[8];
	long steps;
};

static async int push(struct vm *vm, int v)
{
	if (vm->top == 64)
		return -1;
	vm->stack[vm->top++] = v;
	await nap();
	return 0;
}

static async int pop(struct vm *vm)
{
	await nap();
	return vm->stack[--vm->top];
}

static async int add(struct vm *vm, int unused)
{
	int b = await pop(vm), a = await pop(vm);

	(void)unused;
	return await push(vm, a + b);
}

static async int multiply(struct vm *vm, int modulus)
{
	int b = await pop(vm);

	return await push(vm, await pop(vm) * b % modulus);
}

static async int load(struct vm *vm, int at)
{
	return await push(vm, vm->heap[at]);
}

static async int store(struct vm *vm, int at)
{
	vm->heap[at] = await pop(vm);
	return 0;
}

static async int decrement(struct vm *vm, int at)
{
	await nap();
	vm->heap[at]--;
	return 0;
}

static async int jump_if(struct vm *vm, int to)
{
	if (await pop(vm))
		vm->pc = to;
	return 0;
}

static async int call(struct vm *vm, int to)
{
	if (vm->frames == 16)
		return -2;
	vm->returns[vm->frames++] = vm->pc;
	await nap();
	vm->pc = to;
	return 0;
}

static async int leave(struct vm *vm, int unused)
{
	(void)unused;
	vm->pc = vm->returns[--vm->frames];
	return 0;
}

static async int print(struct vm *vm, int slot)
{
	say("[%d] %d", slot, await pop(vm));
	return 0;
}

static async int halt(struct vm *vm, int status)
{
	say("halt after %ld steps", vm->steps);
	await nap();
	return status;
}

static async int execute(const struct code *code)
{
	struct vm vm = {.code = code};
	int status;

	do {
		const struct code *c = &vm.code[vm.pc++];
		vm.steps++;
		status = await c->run(&vm, c->operand);
	} while (!status);
	return status;
}

static const struct code factorial[] = {
	{push, 12}, {store, 0},        {push, 1},  {store, 1}, {call, 11}, {decrement, 0},
	{load, 0},  {jump_if, 4},      {load, 1},  {print, 1}, {halt, 3},  {load, 0},
	{load, 1},  {multiply, 10007}, {store, 1}, {leave, 0},
};

static const struct code endless[] = {{push, 1}, {push, 2}, {add, 0}, {push, 1}, {jump_if, 0}};
static const struct code recursive[] = {{call, 0}};

async int main(void)
{
	say("%d", await execute(factorial));
	say("%d", await execute(endless));
	say("%d", await execute(recursive));
	return 0;
}
