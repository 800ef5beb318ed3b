/* TLS 1.2 and 1.3, client and server, on OpenSSL 3, over any stream: sockets, memory, what has
 * been plain so far. Link with -lasyncc_tls -lssl -lcrypto.
 *
 *     struct async_tls_config *config;
 *     struct async_tls_failure why;
 *
 *     if ((error = async_tls_config_new(NULL, &config, &why)))
 *             ...
 *     error = await async_tls_connect("example.org", "https", config, &stream, &why);
 *     if (error)
 *             fprintf(stderr, "example.org: %s\n", why.text);
 *     async_tls_config_free(config);
 *
 * The stream is used as every other (stream.h). What is particular to it:
 *
 * Reading gives the end only where the other side said so (close_notify); a connection that
 * ends otherwise may have been cut by anybody, and gives -ECONNABORTED.
 * async_stream_shutdown says that nothing more will be written, reading goes on, and the
 * stream below stays open for both; async_stream_close says so too, except in a cancelled
 * task, and does not wait for the other side. After any other failure of TLS, every call
 * gives the same error.
 *
 * Failures, besides those of stream.h, -ECANCELED and -ENOMEM:
 *     -EKEYREJECTED     the certificate of the other side is not to be trusted: not signed by
 *                       anybody who is, not for this name, not for this use
 *     -EKEYEXPIRED      it is not valid any more or not yet
 *     -EKEYREVOKED      it was withdrawn
 *     -ENOKEY           there is none, but there must be
 *     -EACCES           the other side refuses our certificate, or that there is none
 *     -EPROTONOSUPPORT  no version, cipher or application protocol in common
 *     -EBADMSG          somebody has changed what was sent
 *     -ECONNABORTED     the connection ended before its time
 *     -EPROTO           the other side does not keep to TLS, or says that we do not
 * struct async_tls_failure says more.
 *
 * A time limit for handshakes is ASYNC_TIMEOUT, as for everything. A cancelled handshake
 * leaves nothing behind; the stream below is of no use then. A stream belongs to one thread,
 * a configuration to all.
 */
#ifndef ASYNCC_TLS_H
#define ASYNCC_TLS_H

#include <asyncc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why something failed. */
struct async_tls_failure {
	char text[200];     /* for people; never empty */
	long verification;  /* of a certificate: X509_V_ERR_... of openssl/x509_vfy.h; or 0 */
	int alert;          /* that the other side sent: RFC 8446, section 6; or 0 */
	unsigned long code; /* OpenSSL's, for ERR_error_string_n(3); or 0 */
};

/* A certificate with those that lead from it to an authority, and its key, in PEM files;
 * password may be NULL. */
struct async_tls_certificate {
	const char *chain_file, *key_file, *password;
};

#define ASYNC_TLS_1_2 0x0303
#define ASYNC_TLS_1_3 0x0304

/* Zeroes: a client that trusts whom the system trusts. The strings are copied, and files are
 * read at once. */
struct async_tls_options {
	/* A server sends the first one whose names match the one that the client asks for, one
	 * of each kind of key, and else the first. A client sends the first if asked. */
	const struct async_tls_certificate *certificates;
	size_t certificate_count;
	/* Whom to trust: a file of certificates, and a directory as of openssl-rehash(1). Both
	 * NULL: whom the system trusts, which $SSL_CERT_FILE and $SSL_CERT_DIR change; with
	 * certificates, as servers have them, that is read when it first connects. */
	const char *ca_file, *ca_dir;
	/* The application protocols that are possible (ALPN, RFC 7301), the best first, and NULL
	 * behind the last. A client may find that the server knows of none: async_tls_info. A
	 * server decides, and refuses clients who offer only others. */
	const char *const *protocols;
	/* Servers: whether clients are asked for a certificate, and whether they must have one.
	 * Needs ca_file or ca_dir. */
	bool ask_client, require_client;
	/* Clients: connect to anybody. Nothing is secret from whoever sits between then. */
	bool unverified;
	/* Clients: make each connection anew, from nothing. */
	bool no_resumption;
	/* ASYNC_TLS_1_2 or _3; 0: from TLS 1.2, to what OpenSSL has. */
	int min_version, max_version;
	/* Of TLS 1.2, as openssl-ciphers(1) lists them. NULL: those with forward secrecy and
	 * authenticated encryption. */
	const char *ciphers;
	/* A file to which the keys of all connections are added, for Wireshark and its like; who
	 * reads it reads everything. NULL: none; the environment does not matter. */
	const char *key_log_file;
	/* async_tls_serve: the time limit of handshakes; 0: 10 seconds; negative: none. */
	int64_t handshake_ms;
	/* async_tls_serve: told of each failed handshake, with the stream below, which is closed
	 * then, and the argument of the handlers. Not async. NULL: nobody is. */
	void (*refused)(struct async_stream *below, int error,
			const struct async_tls_failure *failure, void *arg);
};

struct async_tls_config;

/* Makes a configuration, for clients and for servers. options may be NULL, failure too. Reads
 * files, so in a program that serves already, call it through async_offload. Gives 0, -ENOMEM,
 * -EINVAL (what is in a file or an option is not right or does not fit), or the negative errno
 * of open(2) or read(2), and NULL for the configuration. Not async; on any thread. */
int async_tls_config_new(const struct async_tls_options *options, struct async_tls_config **config,
			 struct async_tls_failure *failure);
/* Streams keep what they need of a configuration, so it may be freed before them, and replaced
 * by one with newer certificates; not during a call that has it as an argument. Not async; on
 * any thread. NULL does nothing. */
void async_tls_config_free(struct async_tls_config *config);

/* Connects as async_open_connection does, and makes the handshake; host is also the name that
 * the certificate has to have, or the address. Gives 0 and a stream; or an error of
 * async_connect_tcp, of a stream or of those above, NULL, and why, unless failure is NULL. When
 * cancelled, nothing is left behind. */
_Async int async_tls_connect(const char *host, const char *service, struct async_tls_config *config,
			     struct async_stream **stream, struct async_tls_failure *failure);

/* Begins TLS on a stream, as a client of the server of that name; what was written to the
 * stream is sent first, and what is in its buffer counts. NULL is a name only for unverified
 * configurations: -EINVAL. Gives 0 and a stream that owns the one below; or an error, NULL, and
 * why: below is still the caller's then, to be closed. */
_Async int async_tls_client(struct async_stream *below, struct async_tls_config *config,
			    const char *name, struct async_stream **stream,
			    struct async_tls_failure *failure);
/* The same as a server. -EINVAL without a certificate. */
_Async int async_tls_server(struct async_stream *below, struct async_tls_config *config,
			    struct async_stream **stream, struct async_tls_failure *failure);

/* As async_serve: handler gets connections whose handshake succeeded. */
_Async int async_tls_serve(int listener, struct async_tls_config *config,
			   _Async void (*handler)(struct async_stream *stream, void *arg),
			   void *arg);

/* What was agreed on. The texts are good until the stream is closed. */
struct async_tls_info {
	const char *version;  /* "TLSv1.3" */
	const char *cipher;   /* "TLS_AES_256_GCM_SHA384" */
	const char *protocol; /* of those in the options, or NULL */
	const char *name;     /* that the client asked for, or NULL */
	bool resumed;         /* the handshake of an earlier connection counted */
	bool verified;        /* the other side has a certificate that was found good */
};

/* Gives 0, or -EINVAL for a stream that is not TLS. Not async. */
int async_tls_info(const struct async_stream *stream, struct async_tls_info *info);

/* A certificate; for more see async_tls_ssl and SSL_get0_peer_certificate(3). */
struct async_tls_peer {
	char subject[256], issuer[256]; /* as RFC 2253, cut if need be */
	char names[512];                /* those it is for, with commas between */
	time_t not_before, not_after;
	unsigned char sha256[32]; /* fingerprint */
};

/* What the certificate of the other side says. Gives 0, -ENOKEY without one, -ENOMEM, or -EINVAL
 * for a stream that is not TLS. Not async. */
int async_tls_peer(const struct async_stream *stream, struct async_tls_peer *peer);

/* Why TLS on this stream has failed, or NULL, also where the errno says it all. Good until the
 * stream is closed. Not async. */
const struct async_tls_failure *async_tls_stream_failure(const struct async_stream *stream);

/* OpenSSL's object, to ask it for what is not here; NULL for a stream that is not TLS. Not
 * async. */
struct ssl_st *async_tls_ssl(const struct async_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
