/* Failures: OpenSSL's queue of errors as an errno and a text.
 *
 * The first error in the queue is the cause; of a connection, the first that is TLS's own, as
 * ciphers below it have nothing to tell. One for lack of memory counts wherever it stands. An
 * empty queue after a failure means that there was no memory for the error.
 */
#define _GNU_SOURCE
#include "tls.h"

#include <openssl/err.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Alerts are reasons from here on: SSL_AD_REASON_OFFSET. */
static int alert_of(unsigned long code)
{
	int reason = ERR_GET_REASON(code);

	if (ERR_GET_LIB(code) != ERR_LIB_SSL || reason < SSL_AD_REASON_OFFSET ||
	    reason > SSL_AD_REASON_OFFSET + 255)
		return 0;
	return reason - SSL_AD_REASON_OFFSET;
}

static int errno_of_alert(int alert)
{
	switch (alert) {
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_EXPIRED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
	case SSL_AD_ACCESS_DENIED:
	case SSL_AD_CERTIFICATE_REQUIRED:
		return -EACCES;
	case SSL_AD_HANDSHAKE_FAILURE:
	case SSL_AD_PROTOCOL_VERSION:
	case SSL_AD_INSUFFICIENT_SECURITY:
	case SSL_AD_NO_APPLICATION_PROTOCOL:
		return -EPROTONOSUPPORT;
	default:
		return -EPROTO;
	}
}

static int errno_of_verification(long result)
{
	switch (result) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return -EKEYEXPIRED;
	case X509_V_ERR_CERT_REVOKED:
		return -EKEYREVOKED;
	case X509_V_ERR_OUT_OF_MEM:
		return -ENOMEM;
	default:
		return -EKEYREJECTED;
	}
}

static int errno_of_reason(int reason)
{
	switch (reason) {
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
		return -ENOKEY;
	case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
		return -EBADMSG;
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return -ECONNABORTED;
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_NO_SHARED_GROUPS:
	case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
	case SSL_R_NO_SUITABLE_GROUPS:
	case SSL_R_NO_SUITABLE_KEY_SHARE:
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
	case SSL_R_NO_APPLICATION_PROTOCOL:
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
		return -EPROTONOSUPPORT;
	default:
		return -EPROTO;
	}
}

static int errno_of(const SSL *ssl, unsigned long code)
{
	int alert = alert_of(code), reason = ERR_GET_REASON(code);

	if (ERR_SYSTEM_ERROR(code))
		return -reason;
	if (!ssl)
		return -EINVAL;
	if (alert)
		return errno_of_alert(alert);
	if (ERR_GET_LIB(code) != ERR_LIB_SSL)
		return -EPROTO;
	if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
		return errno_of_verification(SSL_get_verify_result(ssl));
	return errno_of_reason(reason);
}

static void write_text(struct async_tls_failure *failure, unsigned long code)
{
	const char *reason = ERR_reason_error_string(code), *alert;
	char number[64];

	snprintf(number, sizeof number, "OpenSSL's error %lx", code);
	reason = reason ? reason : number;
	alert = strstr(reason, "alert ");
	if (failure->verification)
		snprintf(failure->text, sizeof failure->text, "certificate not accepted: %s",
			 X509_verify_cert_error_string(failure->verification));
	else if (failure->alert)
		snprintf(failure->text, sizeof failure->text, "refused by the other side: %s",
			 alert ? alert + strlen("alert ") : reason);
	else if (ERR_SYSTEM_ERROR(code))
		snprintf(failure->text, sizeof failure->text, "%s",
			 strerrordesc_np(ERR_GET_REASON(code)));
	else
		snprintf(failure->text, sizeof failure->text, "%s", reason);
}

/* Empties the queue: the error that counts, 0 when there was no memory. */
static unsigned long take_error(bool of_connection)
{
	unsigned long found = ERR_get_error(), code = found;
	bool no_memory = false;

	for (; code; code = ERR_get_error()) {
		no_memory |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
		if (of_connection && ERR_GET_LIB(found) != ERR_LIB_SSL &&
		    ERR_GET_LIB(code) == ERR_LIB_SSL)
			found = code;
	}
	ERR_clear_error();
	return no_memory ? 0 : found;
}

int async__tls_errno(int error, const char *text, struct async_tls_failure *failure)
{
	const char *description = strerrordesc_np(-error);

	if (!failure)
		return error;
	*failure = (struct async_tls_failure){.verification = 0};
	snprintf(failure->text, sizeof failure->text, "%s",
		 text          ? text
		 : description ? description
			       : "unknown error");
	return error;
}

int async__tls_describe(const SSL *ssl, struct async_tls_failure *failure)
{
	unsigned long code = take_error(ssl != NULL);
	int error = code ? errno_of(ssl, code) : -ENOMEM;

	if (error == -ENOMEM)
		return async__tls_errno(error, NULL, failure);
	if (!failure)
		return error;
	*failure = (struct async_tls_failure){.code = code, .alert = ssl ? alert_of(code) : 0};
	if (ssl && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED)
		failure->verification = SSL_get_verify_result(ssl);
	write_text(failure, code);
	return error;
}
