/* What is known of a connection and of the other side.
 */
#define _GNU_SOURCE
#include "tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

EXPORT struct ssl_st *async_tls_ssl(const struct async_stream *stream)
{
	const struct tls *tls = async__tls_of(stream);

	return tls ? tls->ssl : NULL;
}

EXPORT const struct async_tls_failure *async_tls_stream_failure(const struct async_stream *stream)
{
	const struct tls *tls = async__tls_of(stream);

	return tls && *tls->failure.text ? &tls->failure : NULL;
}

EXPORT int async_tls_info(const struct async_stream *stream, struct async_tls_info *info)
{
	const struct tls *tls = async__tls_of(stream);

	if (!tls)
		return -EINVAL;
	*info = (struct async_tls_info){
		.version = SSL_get_version(tls->ssl),
		.cipher = SSL_get_cipher_name(tls->ssl),
		.protocol = tls->protocol,
		.name = SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name),
		.resumed = SSL_session_reused(tls->ssl),
		.verified = SSL_get0_peer_certificate(tls->ssl) &&
			    SSL_get_verify_mode(tls->ssl) != SSL_VERIFY_NONE &&
			    SSL_get_verify_result(tls->ssl) == X509_V_OK,
	};
	return 0;
}

static bool print_name(const X509_NAME *name, char *to, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = -1;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_read(bio, to, (int)size - 1);
	to[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
	return n > 0 || !X509_NAME_entry_count(name);
}

/* A name of the kinds that are verified; "" for others. */
static void print_general(const GENERAL_NAME *name, char *to, size_t size)
{
	int kind, family;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);

	*to = '\0';
	if (kind == GEN_DNS) {
		snprintf(to, size, "%.*s", ASN1_STRING_length(value),
			 (const char *)ASN1_STRING_get0_data(value));
	} else if (kind == GEN_IPADD) {
		family = ASN1_STRING_length(value) == 4 ? AF_INET : AF_INET6;
		if (family == AF_INET || ASN1_STRING_length(value) == 16)
			inet_ntop(family, ASN1_STRING_get0_data(value), to, (socklen_t)size);
	}
}

static void print_names(const X509 *certificate, char *to, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	char one[256];
	size_t len = 0;

	*to = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		print_general(sk_GENERAL_NAME_value(names, i), one, sizeof one);
		if (!*one || len + strlen(one) + 2 > size)
			continue;
		len += (size_t)snprintf(to + len, size - len, "%s%s", len ? "," : "", one);
	}
	GENERAL_NAMES_free(names);
}

static time_t seconds_of(const ASN1_TIME *time)
{
	struct tm parts;

	return ASN1_TIME_to_tm(time, &parts) ? timegm(&parts) : -1;
}

EXPORT int async_tls_peer(const struct async_stream *stream, struct async_tls_peer *peer)
{
	const struct tls *tls = async__tls_of(stream);
	const X509 *certificate = tls ? SSL_get0_peer_certificate(tls->ssl) : NULL;

	if (!certificate)
		return tls ? -ENOKEY : -EINVAL;
	ERR_clear_error();
	if (!print_name(X509_get_subject_name(certificate), peer->subject, sizeof peer->subject) ||
	    !print_name(X509_get_issuer_name(certificate), peer->issuer, sizeof peer->issuer) ||
	    !X509_digest(certificate, EVP_sha256(), peer->sha256, NULL)) {
		ERR_clear_error();
		return -ENOMEM;
	}
	print_names(certificate, peer->names, sizeof peer->names);
	peer->not_before = seconds_of(X509_get0_notBefore(certificate));
	peer->not_after = seconds_of(X509_get0_notAfter(certificate));
	return 0;
}
