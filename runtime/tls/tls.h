/* What the files of the TLS library share. */
#ifndef TLS_H
#define TLS_H

#include <asyncc/tls.h>

#include <openssl/ssl.h>

#include <pthread.h>
#include <stdatomic.h>

#define EXPORT __attribute__((visibility("default")))

struct certificate {
	X509 *leaf;
	STACK_OF(X509) * chain;
	EVP_PKEY *key;
};

/* A session that a server has given us, most recent first. */
struct session {
	struct session *next;
	SSL_SESSION *session;
	char name[];
};

/* What changes after it has been made, the sessions, whom the system trusts and the count of
 * references, may be changed by several threads. */
struct async_tls_config {
	atomic_int references;
	SSL_CTX *context;
	BIO_METHOD *method;
	struct certificate *certificates;
	size_t certificate_count;
	unsigned char *protocols; /* each behind its length */
	unsigned protocols_len;
	int key_log; /* a descriptor, or -1 */
	bool ask_client, require_client, unverified;
	int64_t handshake_ms;
	void (*refused)(struct async_stream *below, int error,
			const struct async_tls_failure *failure, void *arg);
	pthread_mutex_t lock;
	bool trusts_system; /* but does not know yet whom that is */
	struct session *sessions;
	unsigned session_count;
};

struct bytes {
	unsigned char *data;
	size_t len, capacity;
};

/* The transport of a TLS stream. */
struct tls {
	struct async_stream *below;
	struct async_tls_config *config;
	SSL *ssl;
	char *name; /* of the server, at the client */
	char *protocol;
	/* What the stream below has in its buffer, while OpenSSL is at work, and what OpenSSL
	 * has not found there. */
	const unsigned char *in;
	size_t in_len, wanted;
	/* What OpenSSL has written, and of it, what is on its way to the stream below. */
	struct bytes out, sent;
	bool unflushed; /* the stream below has something of it in its buffer */
	struct async_mutex writing;
	async_task(void) helper; /* writes what comes of reading */
	int failed;              /* every later call too */
	bool borrowed;           /* the stream below is somebody else's */
	struct async_tls_failure failure;
};

/* tls.c: the transport of a stream, or NULL. */
struct tls *async__tls_of(const struct async_stream *stream);

/* config.c */
struct async_tls_config *async__tls_config_ref(struct async_tls_config *config);
/* A session for a connection to that name, NULL if there is none. */
SSL_SESSION *async__tls_session(struct async_tls_config *config, const char *name);

/* Finds out whom the system trusts, if that is wanted: the list is long, and those with a
 * certificate are servers most of the time, who do not need it. */
int async__tls_trust(struct async_tls_config *config);

/* bio.c: OpenSSL reads from the window of a struct tls, and writes to its out. */
BIO_METHOD *async__tls_bio_method(void);
bool async__tls_reserve(struct bytes *bytes, size_t room);
void async__tls_bytes_free(struct bytes *bytes);

/* failure.c: what OpenSSL has to say of its last failure, as a negative errno. ssl and failure may
 * be NULL. */
int async__tls_describe(const SSL *ssl, struct async_tls_failure *failure);
/* The same of an errno. Gives the error; text may be NULL. */
int async__tls_errno(int error, const char *text, struct async_tls_failure *failure);

#endif
