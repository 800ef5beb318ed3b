// Concurrent transfers between accounts under an await-based lock; money is conserved.
// RUN: %exec %s
#include "exec.h"

enum { ACCOUNTS = 8, TELLERS = 20 };

struct account {
	long balance;
	bool locked;
	int moves;
};

static struct account accounts[ACCOUNTS];

static async void lock(struct account *a)
{
	while (a->locked)
		await async_yield();
	a->locked = true;
}

static async bool transfer(int from, int to, long amount)
{
	struct account *first = &accounts[from < to ? from : to];
	struct account *second = &accounts[from < to ? to : from];
	bool done = false;

	if (from == to)
		return false;
	await lock(first);
	await lock(second);
	if (accounts[from].balance < amount)
		goto unlock;
	accounts[from].balance -= amount;
	await nap();
	accounts[to].balance += amount;
	first->moves++, second->moves++;
	done = true;
unlock:
	second->locked = false;
	first->locked = false;
	return done;
}

static async int teller(unsigned seed)
{
	int done = 0;

	for (int i = 0; i < 25; i++) {
		seed = seed * 1664525u + 1013904223u;
		int from = (int)(seed >> 8) % ACCOUNTS, to = (int)(seed >> 16) % ACCOUNTS;
		done += await transfer(from, to, (long)(seed >> 24)) ? 1 : 0;
	}
	return done;
}

async int main(void)
{
	async_task(int) tellers[TELLERS];
	long total = 0;
	int done = 0, moves = 0;

	for (int i = 0; i < ACCOUNTS; i++)
		accounts[i].balance = 100000;
	for (unsigned i = 0; i < TELLERS; i++)
		tellers[i] = async_spawn(teller(i * 7919u + 1));
	for (int i = 0; i < TELLERS; i++)
		done += await async_join(tellers[i]);
	for (int i = 0; i < ACCOUNTS; i++) {
		total += accounts[i].balance;
		moves += accounts[i].moves;
		if (accounts[i].locked)
			say("%d is locked", i);
	}
	say("%ld %d %d", total, done, moves);
	return 0;
}
