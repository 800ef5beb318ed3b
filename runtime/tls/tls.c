/* TLS streams.
 *
 * OpenSSL's object reads and writes memory (bio.c), so each call of it is done at once; what
 * has to be waited for, bytes from below and room for bytes there, is waited for between the
 * calls. One task may read while another writes: between two awaits there is no other.
 *
 * What OpenSSL has written collects in `out`, moves to `sent` as a whole, and is given to the
 * stream below, which takes all or nothing; a call that is cancelled leaves it there, and
 * the next one that writes, flushes or shuts down begins with it. So what OpenSSL has counted
 * as sent is sent, in its order. Only the holder of `writing` gives bytes to the stream below,
 * and OpenSSL is asked to write only when nothing is left over. Reading makes OpenSSL write
 * too, answers and alerts, and so does the end of a handshake: a task of its own, the helper,
 * sends these, as one who waits for the other side to read might wait for ever.
 */
#define _GNU_SOURCE
#include "tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#define RECORD ((size_t)SSL3_RT_MAX_PLAIN_LENGTH)
#define OVERHEAD (SSL3_RT_HEADER_LENGTH + SSL3_RT_MAX_ENCRYPTED_OVERHEAD)
#define BATCH (4 * RECORD) /* to encrypt in one go */
#define LIMIT 65536        /* of the stream below: a record and more */
#define REFUSED_MS 1000    /* to wait for the end of a connection that was refused */

static const struct async_stream_kind tls_kind;

struct tls *async__tls_of(const struct async_stream *stream)
{
	return async_stream_transport(stream, &tls_kind);
}

static void tls_free(struct tls *tls)
{
	if (tls->ssl)
		SSL_free(tls->ssl);
	async__tls_bytes_free(&tls->out);
	async__tls_bytes_free(&tls->sent);
	OPENSSL_free(tls->name);
	OPENSSL_free(tls->protocol);
	async_tls_config_free(tls->config);
	OPENSSL_free(tls);
}

static struct tls *tls_new(struct async_stream *below, struct async_tls_config *config)
{
	struct tls *tls = OPENSSL_zalloc(sizeof *tls);
	BIO *bio;

	ERR_clear_error();
	if (!tls)
		return NULL;
	tls->below = below;
	tls->config = async__tls_config_ref(config);
	tls->ssl = SSL_new(config->context);
	bio = tls->ssl ? BIO_new(config->method) : NULL;
	if (!bio || !SSL_set_app_data(tls->ssl, tls)) {
		BIO_free(bio);
		tls_free(tls);
		return NULL;
	}
	BIO_set_data(bio, tls);
	SSL_set_bio(tls->ssl, bio, bio);
	return tls;
}

/* What OpenSSL says of its last failure is from now on what every call gives. */
static int fail(struct tls *tls)
{
	tls->failed = async__tls_describe(tls->ssl, &tls->failure);
	return tls->failed;
}

static int fail_for(struct tls *tls, int error, const char *text)
{
	return async__tls_errno(error, text, &tls->failure);
}

/* Waits for as much from below as OpenSSL has asked for, and shows it to OpenSSL. */
static async int show(struct tls *tls)
{
	size_t wanted = tls->wanted;
	char *data;
	ssize_t n = await async_stream_peek(tls->below, wanted, &data);

	if (n < 0)
		return (int)n;
	if ((size_t)n < wanted)
		return fail_for(tls, -ECONNABORTED,
				SSL_is_init_finished(tls->ssl)
					? "the connection ended without notice"
					: "the connection ended in the handshake");
	tls->in = (unsigned char *)data;
	tls->in_len = (size_t)n;
	tls->wanted = 0;
	return 0;
}

/* Takes what OpenSSL has read, of n bytes shown. */
static void take(struct tls *tls, size_t n)
{
	async_stream_skip(tls->below, n - tls->in_len);
	tls->in_len = 0;
}

/* Gives all that OpenSSL has written to the stream below. */
static async int pass_on(struct tls *tls)
{
	ssize_t n;

	for (;;) {
		if (!tls->sent.len && !tls->out.len)
			return 0;
		if (!tls->sent.len) {
			tls->sent = tls->out;
			tls->out = (struct bytes){NULL, 0, 0};
		}
		n = await async_stream_write(tls->below, tls->sent.data, tls->sent.len);
		if (n < 0)
			return (int)n;
		async__tls_bytes_free(&tls->sent);
		tls->unflushed = true;
	}
}

/* The same, and sends it. While it waits, a reader may make OpenSSL write more. */
static async int send_all(struct tls *tls)
{
	int error = 0;

	while (!error && (tls->sent.len || tls->out.len || tls->unflushed)) {
		error = await pass_on(tls);
		if (!error)
			error = await async_stream_flush(tls->below);
		if (!error)
			tls->unflushed = false;
	}
	return error;
}

/* The handshake */

/* The protocol that was agreed on, as a string. */
static int keep_protocol(struct tls *tls)
{
	const unsigned char *name;
	unsigned len;

	SSL_get0_alpn_selected(tls->ssl, &name, &len);
	if (!name)
		return 0;
	tls->protocol = OPENSSL_strndup((const char *)name, len);
	return tls->protocol ? 0 : -ENOMEM;
}

/* 1 when it is complete, 0 when there has to be more from below, or an error. */
static int shake(struct tls *tls)
{
	size_t shown = tls->in_len;
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(tls->ssl);
	take(tls, shown);
	if (result == 1)
		return 1;
	return SSL_get_error(tls->ssl, result) == SSL_ERROR_WANT_READ ? 0 : fail(tls);
}

static async void help(struct tls *tls)
{
	if (await async_mutex_lock(&tls->writing))
		return;
	await send_all(tls);
	async_mutex_unlock(&tls->writing);
}

/* Has the helper send what there is to send. Gives 0 or -ENOMEM: it is left to the next that
 * sends. */
static async int call_helper(struct tls *tls)
{
	if (!tls->out.len || (tls->helper && !async_done(tls->helper)))
		return 0;
	if (tls->helper)
		await async_join(tls->helper);
	tls->helper = async_spawn(help(tls));
	return tls->helper ? 0 : -ENOMEM;
}

/* When the other side has closed, there may still be something of it to read that says why. The
 * last that there is to send is not waited for, as the other side need not read it now: it may
 * be done. */
static async int handshake(struct tls *tls)
{
	int state, error;

	for (;;) {
		error = await show(tls);
		if (error)
			return error;
		state = shake(tls);
		if (state == 1)
			break;
		error = await send_all(tls);
		if (state < 0)
			return state;
		if (error && error != -EPIPE && error != -ECONNRESET)
			return error;
	}
	error = keep_protocol(tls);
	return error ? error : await call_helper(tls);
}

static async int establish(struct tls *tls, int error, struct async_stream **stream,
			   struct async_tls_failure *failure)
{
	if (!error) {
		async_stream_set_limit(tls->below, LIMIT);
		error = await handshake(tls);
	}
	if (!error) {
		*stream = async_stream_new(&tls_kind, tls);
		if (*stream)
			return 0;
		error = -ENOMEM;
	}
	if (tls->helper) {
		async_cancel(tls->helper);
		await async_join(tls->helper);
	}
	if (!*tls->failure.text)
		async__tls_errno(error, NULL, &tls->failure);
	if (failure)
		*failure = tls->failure;
	tls_free(tls);
	return error;
}

static bool is_address(const char *name)
{
	unsigned char address[16];

	return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

/* Whose certificate it has to be, and the name to ask for: RFC 6066, section 3, knows neither
 * addresses nor the dot at the end. */
static int set_name(struct tls *tls, const char *name)
{
	SSL *ssl = tls->ssl;
	size_t len = strlen(name);

	tls->name = OPENSSL_strdup(name);
	if (!tls->name)
		return 0;
	if (is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
	if (len > 1 && name[len - 1] == '.')
		tls->name[len - 1] = '\0';
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, tls->name) && SSL_set_tlsext_host_name(ssl, tls->name);
}

static int set_session(struct tls *tls)
{
	SSL_SESSION *session = async__tls_session(tls->config, tls->name);
	int done = !session || SSL_set_session(tls->ssl, session);

	SSL_SESSION_free(session);
	return done;
}

static int prepare_client(struct tls *tls, const char *name)
{
	bool unverified = tls->config->unverified;

	if (!unverified && (!name || !*name))
		return fail_for(tls, -EINVAL, "no name to verify");
	SSL_set_connect_state(tls->ssl);
	SSL_set_verify(tls->ssl, unverified ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	if (!async__tls_trust(tls->config) || (name && (!set_name(tls, name) || !set_session(tls))))
		return fail(tls);
	return 0;
}

static int prepare_server(struct tls *tls)
{
	const struct async_tls_config *config = tls->config;
	int mode = SSL_VERIFY_NONE;

	if (!config->certificate_count)
		return fail_for(tls, -EINVAL, "a server needs a certificate");
	if (config->ask_client)
		mode = SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE;
	if (config->require_client)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_set_accept_state(tls->ssl);
	SSL_set_verify(tls->ssl, mode, NULL);
	return 0;
}

EXPORT async int async_tls_client(struct async_stream *below, struct async_tls_config *config,
				  const char *name, struct async_stream **stream,
				  struct async_tls_failure *failure)
{
	struct tls *tls = tls_new(below, config);

	*stream = NULL;
	if (!tls)
		return async__tls_describe(NULL, failure);
	return await establish(tls, prepare_client(tls, name), stream, failure);
}

EXPORT async int async_tls_server(struct async_stream *below, struct async_tls_config *config,
				  struct async_stream **stream, struct async_tls_failure *failure)
{
	struct tls *tls = tls_new(below, config);

	*stream = NULL;
	if (!tls)
		return async__tls_describe(NULL, failure);
	return await establish(tls, prepare_server(tls), stream, failure);
}

/* The functions of the transport */

/* Gives bytes read, 0 at the end, -EAGAIN when there has to be more from below, or an error. */
static ssize_t decrypt(struct tls *tls, void *buf, size_t len)
{
	size_t shown = tls->in_len, done;
	int result;

	ERR_clear_error();
	result = SSL_read_ex(tls->ssl, buf, len, &done);
	take(tls, shown);
	if (result) {
		tls->wanted = 0;
		return (ssize_t)done;
	}
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		return fail(tls);
	}
}

static async ssize_t tls_read(void *transport, void *buf, size_t len)
{
	struct tls *tls = transport;
	ssize_t n;

	do {
		if (tls->failed)
			return tls->failed;
		if (SSL_get_shutdown(tls->ssl) & SSL_RECEIVED_SHUTDOWN)
			return 0;
		n = await show(tls);
		if (n)
			return n;
		n = decrypt(tls, buf, len);
		await call_helper(tls);
	} while (n == -EAGAIN);
	return n;
}

/* Bytes of parts that are still to be encrypted. */
struct plain {
	const struct iovec *parts;
	int count;
	size_t skipped; /* of the first */
};

static size_t gather(struct plain *plain, unsigned char *to, size_t room)
{
	size_t done = 0, n;

	while (plain->count && done < room) {
		n = plain->parts->iov_len - plain->skipped;
		if (n > room - done)
			n = room - done;
		memcpy(to + done, (char *)plain->parts->iov_base + plain->skipped, n);
		done += n;
		plain->skipped += n;
		if (plain->skipped < plain->parts->iov_len)
			break;
		plain->parts++;
		plain->count--;
		plain->skipped = 0;
	}
	return done;
}

/* The bytes of one record: where they are, if they are in one place, or gathered in room. */
static size_t next_record(struct plain *plain, const unsigned char **from, unsigned char *room)
{
	size_t left = plain->parts->iov_len - plain->skipped;

	if (left < RECORD && plain->count > 1) {
		*from = room;
		return gather(plain, room, RECORD);
	}
	*from = (unsigned char *)plain->parts->iov_base + plain->skipped;
	if (left > RECORD) {
		plain->skipped += RECORD;
		return RECORD;
	}
	plain->parts++;
	plain->count--;
	plain->skipped = 0;
	return left;
}

/* Has OpenSSL encrypt what the parts begin with. Gives how much that is, or an error. */
static ssize_t encrypt(struct tls *tls, const struct iovec *parts, int count)
{
	struct plain plain = {parts, count, 0};
	unsigned char room[RECORD];
	const unsigned char *from;
	size_t len, done = 0, written;

	ERR_clear_error();
	do {
		if (!async__tls_reserve(&tls->out, RECORD + OVERHEAD))
			return done ? (ssize_t)done : -ENOMEM;
		len = next_record(&plain, &from, room);
		if (!SSL_write_ex(tls->ssl, from, len, &written)) {
			fail(tls);
			return done ? (ssize_t)done : tls->failed;
		}
		done += len;
	} while (plain.count && done < BATCH);
	return (ssize_t)done;
}

/* Whether OpenSSL can be asked to write: with the lock, and nothing left over. */
static async int begin_writing(struct tls *tls)
{
	int error = await async_mutex_lock(&tls->writing);

	if (error)
		return error;
	error = await pass_on(tls);
	if (!error)
		error = tls->failed;
	if (error)
		async_mutex_unlock(&tls->writing);
	return error;
}

/* Once it is encrypted, it counts as written: a failure to pass it on meets the next call. */
static async ssize_t tls_write(void *transport, const struct iovec *parts, int count)
{
	struct tls *tls = transport;
	ssize_t n = await begin_writing(tls);

	if (n)
		return n;
	n = SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN ? -EPIPE : encrypt(tls, parts, count);
	if (n > 0)
		await pass_on(tls);
	async_mutex_unlock(&tls->writing);
	return n;
}

static async int tls_flush(void *transport)
{
	struct tls *tls = transport;
	int error;

	if (!tls->unflushed && !tls->sent.len && !tls->out.len)
		return 0;
	error = await begin_writing(tls);
	if (error)
		return error;
	error = await send_all(tls);
	async_mutex_unlock(&tls->writing);
	return error;
}

/* Has OpenSSL write that nothing more will come. */
static void say_end(struct tls *tls)
{
	ERR_clear_error();
	if (!tls->failed && !(SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN) &&
	    SSL_shutdown(tls->ssl) < 0)
		fail(tls);
}

static async int tls_shutdown(void *transport)
{
	struct tls *tls = transport;
	int error = await begin_writing(tls);

	if (error)
		return error;
	say_end(tls);
	error = tls->failed ? tls->failed : await send_all(tls);
	async_mutex_unlock(&tls->writing);
	return error;
}

/* Everything but the end has been sent or was reported lost; that the other side has gone
 * before it heard of the end is no failure. */
static async int tls_close(void *transport)
{
	struct tls *tls = transport;
	int error, closed = 0;

	if (tls->helper)
		await async_join(tls->helper);
	say_end(tls);
	error = await send_all(tls);
	if (!tls->borrowed)
		closed = await async_stream_close(tls->below);
	tls_free(tls);
	return error ? 0 : closed;
}

static const struct async_stream_kind tls_kind = {
	.name = "TLS",
	.read = tls_read,
	.write = tls_write,
	.shutdown = tls_shutdown,
	.close = tls_close,
	.flush = tls_flush,
};

/* Connecting and serving */

static async int over(int fd, struct async_tls_config *config, const char *name,
		      struct async_stream **stream, struct async_tls_failure *failure)
{
	struct async_stream *below = async_stream_of_fd(fd);
	struct async_tls_failure why;
	int error;

	if (!below) {
		await async_close(fd);
		return async__tls_errno(-ENOMEM, NULL, failure);
	}
	error = await async_tls_client(below, config, name, stream, &why);
	if (!error)
		return 0;
	await async_stream_close(below);
	if (failure)
		*failure = why;
	return error;
}

EXPORT async int async_tls_connect(const char *host, const char *service,
				   struct async_tls_config *config, struct async_stream **stream,
				   struct async_tls_failure *failure)
{
	int fd = await async_connect_tcp(host, service);

	*stream = NULL;
	if (fd < 0)
		return async__tls_errno(fd, NULL, failure);
	return await over(fd, config, host, stream, failure);
}

typedef async void connection_handler(struct async_stream *stream, void *arg);

struct service {
	struct async_tls_config *config;
	connection_handler *handler;
	void *arg;
};

/* Closing at once, with something unread, would reset the connection, and the other side might
 * never read why. */
static async int part(struct async_stream *below)
{
	char buf[4096];
	ssize_t n = await async_stream_shutdown(below);

	while (!n || n > 0) {
		n = await async_stream_read(below, buf, sizeof buf);
		if (n <= 0)
			break;
	}
	return (int)n;
}

static async void serve_one(struct async_stream *below, void *arg)
{
	const struct service *service = arg;
	struct async_tls_config *config = service->config;
	struct async_tls_failure failure;
	struct async_stream *stream;
	int error = async_await_timeout(config->handshake_ms,
					async_tls_server(below, config, &stream, &failure));

	if (error) {
		if (error == -ETIMEDOUT)
			async__tls_errno(error, "the handshake took too long", &failure);
		if (config->refused && error != -ECANCELED)
			config->refused(below, error, &failure, service->arg);
		if (error != -ETIMEDOUT)
			async_await_timeout(REFUSED_MS, part(below));
		return;
	}
	async__tls_of(stream)->borrowed = true;
	await service->handler(stream, service->arg);
	await async_stream_close(stream);
}

EXPORT async int async_tls_serve(int listener, struct async_tls_config *config,
				 connection_handler *handler, void *arg)
{
	struct service service = {async__tls_config_ref(config), handler, arg};
	int error = await async_serve(listener, serve_one, &service);

	async_tls_config_free(config);
	return error;
}
