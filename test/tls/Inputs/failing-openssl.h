/* OpenSSL's allocations fail as those of the runtime do (async_test_fail_allocation): those of the
 * thread that called fail_openssl, while counting is set. */
#ifndef FAILING_OPENSSL_H
#define FAILING_OPENSSL_H

#include <asyncc/test.h>

#include <openssl/crypto.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_bool counting;
static unsigned long allocations; /* of OpenSSL, so far */

static __thread bool can_fail; /* on this thread */

/* Whether this allocation is to fail. */
static bool fails(void)
{
	void *room;

	if (!counting || !can_fail)
		return false;
	allocations++;
	room = async_test_malloc(1);
	free(room);
	return !room;
}

static void *failing_malloc(size_t size, const char *file, int line)
{
	return fails() ? NULL : malloc(size);
}

static void *failing_realloc(void *old, size_t size, const char *file, int line)
{
	return fails() ? NULL : realloc(old, size);
}

static void simple_free(void *old, const char *file, int line)
{
	free(old);
}

/* Before OpenSSL has allocated anything. */
static bool fail_openssl(void)
{
	can_fail = true;
	return CRYPTO_set_mem_functions(failing_malloc, failing_realloc, simple_free);
}

#endif
