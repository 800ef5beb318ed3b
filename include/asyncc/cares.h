/* A resolver on c-ares (libcares), for programs that look up many names at once: lookups need
 * no threads, and are sent to name servers directly; of the system's ways to find names there
 * are the hosts file and DNS. Link with -lasyncc_cares -lcares.
 *
 *     struct async_cares *cares;
 *
 *     if ((error = async_cares_new(NULL, &cares)))
 *             return error;
 *     async_set_resolver(async_cares_resolver(cares));
 *     ...
 *     async_set_resolver(NULL);
 *     await async_cares_free(cares);
 *
 * A resolver belongs to one thread. It is made of what asyncc.h offers to every program.
 */
#ifndef ASYNCC_CARES_H
#define ASYNCC_CARES_H

#include <asyncc.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_cares;

/* Zeroes: as the system's resolver, see resolv.conf(5). */
struct async_cares_options {
	const char *servers; /* "192.0.2.1,[2001:db8::1]:5353" */
	int timeout_ms;      /* of the first try */
	int tries;           /* of each server */
};

/* Makes a resolver. options may be NULL. Not async. Gives 0, -ENOMEM, -EMFILE, -ENFILE, -EINVAL
 * (servers), or -EIO when c-ares cannot be set up otherwise. */
int async_cares_new(const struct async_cares_options *options, struct async_cares **cares);

/* For async_set_resolver. */
const struct async_resolver *async_cares_resolver(const struct async_cares *cares);

/* Ends all its lookups, with -ECANCELED, and frees it. Gives 0. Works in a cancelled task as in
 * any other. */
_Async int async_cares_free(struct async_cares *cares);

#ifdef __cplusplus
}
#endif

#endif
