/* Where OpenSSL reads and writes: memory, so that it never waits itself. Reading takes from the
 * buffer of the stream below, in place; when there is not enough, OpenSSL says how much
 * more it needs, and that much is waited for before it is asked again. Writing always
 * succeeds, but for lack of memory.
 */
#include "tls.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>

#include <string.h>

bool async__tls_reserve(struct bytes *bytes, size_t room)
{
	size_t capacity = bytes->len + room;
	unsigned char *data;

	if (bytes->capacity - bytes->len >= room)
		return true;
	if (capacity < 2 * bytes->capacity)
		capacity = 2 * bytes->capacity;
	data = OPENSSL_realloc(bytes->data, capacity);
	if (!data)
		return false;
	bytes->data = data;
	bytes->capacity = capacity;
	return true;
}

void async__tls_bytes_free(struct bytes *bytes)
{
	OPENSSL_free(bytes->data);
	*bytes = (struct bytes){NULL, 0, 0};
}

static int window_read(BIO *bio, char *to, size_t len, size_t *done)
{
	struct tls *tls = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (!tls->in_len) {
		tls->wanted = len;
		BIO_set_retry_read(bio);
		return -1;
	}
	*done = len < tls->in_len ? len : tls->in_len;
	memcpy(to, tls->in, *done);
	tls->in += *done;
	tls->in_len -= *done;
	return 1;
}

static int out_write(BIO *bio, const char *from, size_t len, size_t *done)
{
	struct tls *tls = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (!async__tls_reserve(&tls->out, len))
		return -1;
	memcpy(tls->out.data + tls->out.len, from, len);
	tls->out.len += len;
	*done = len;
	return 1;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static int create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

BIO_METHOD *async__tls_bio_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "asyncc stream");

	if (!method)
		return NULL;
	if (BIO_meth_set_read_ex(method, window_read) && BIO_meth_set_write_ex(method, out_write) &&
	    BIO_meth_set_ctrl(method, control) && BIO_meth_set_create(method, create))
		return method;
	BIO_meth_free(method);
	return NULL;
}
