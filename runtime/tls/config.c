/* Configurations: a context of OpenSSL for both roles, the certificates to choose from, and the
 * sessions that servers have given.
 *
 * A ticket is used once where that matters, in TLS 1.3, as two connections with one ticket
 * can be told to be of one client; sessions of TLS 1.2 stay.
 */
#define _GNU_SOURCE
#include "tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Forward secrecy and authenticated encryption; see RFC 9325, section 4.2. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
#define HANDSHAKE_MS 10000
#define MOST_SESSIONS 64
#define MOST_PROTOCOL 255 /* bytes in a name: RFC 7301, section 3.1 */

static const struct async_tls_options no_options;

static void session_free(struct session *session)
{
	SSL_SESSION_free(session->session);
	OPENSSL_free(session);
}

/* Keeps the first so many. */
static void trim_sessions(struct async_tls_config *config, unsigned count)
{
	struct session **link = &config->sessions, *session;

	for (unsigned i = 0; i < count && *link; i++)
		link = &(*link)->next;
	while ((session = *link)) {
		*link = session->next;
		session_free(session);
		config->session_count--;
	}
}

/* OpenSSL's call for a new session; 1 takes the reference. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	const struct tls *tls = SSL_get_app_data(ssl);
	struct async_tls_config *config = tls->config;
	struct session *kept;

	if (!tls->name)
		return 0;
	kept = OPENSSL_malloc(sizeof *kept + strlen(tls->name) + 1);
	if (!kept)
		return 0;
	strcpy(kept->name, tls->name);
	kept->session = session;
	pthread_mutex_lock(&config->lock);
	kept->next = config->sessions;
	config->sessions = kept;
	config->session_count++;
	trim_sessions(config, MOST_SESSIONS);
	pthread_mutex_unlock(&config->lock);
	return 1;
}

static bool is_usable(const SSL_SESSION *session)
{
	return SSL_SESSION_is_resumable(session) &&
	       SSL_SESSION_get_time(session) + SSL_SESSION_get_timeout(session) > time(NULL);
}

static void drop_session(struct async_tls_config *config, struct session **link)
{
	struct session *session = *link;

	*link = session->next;
	config->session_count--;
	session_free(session);
}

static SSL_SESSION *find_session(struct async_tls_config *config, const char *name)
{
	struct session **link = &config->sessions;
	SSL_SESSION *found;

	while (*link) {
		if (!is_usable((*link)->session)) {
			drop_session(config, link);
			continue;
		}
		if (!strcmp((*link)->name, name)) {
			found = (*link)->session;
			if (!SSL_SESSION_up_ref(found))
				return NULL;
			if (SSL_SESSION_get_protocol_version(found) >= TLS1_3_VERSION)
				drop_session(config, link);
			return found;
		}
		link = &(*link)->next;
	}
	return NULL;
}

SSL_SESSION *async__tls_session(struct async_tls_config *config, const char *name)
{
	SSL_SESSION *found;

	pthread_mutex_lock(&config->lock);
	found = find_session(config, name);
	pthread_mutex_unlock(&config->lock);
	return found;
}

/* One write, so that lines of several processes do not mix. That it fails is nothing that a
 * connection should end for. */
static void log_key(const SSL *ssl, const char *line)
{
	const struct tls *tls = SSL_get_app_data(ssl);
	struct iovec parts[] = {
		{(void *)(uintptr_t)line, strlen(line)},
		{(void *)(uintptr_t)"\n", 1},
	};
	ssize_t n = writev(tls->config->key_log, parts, 2);

	(void)n;
}

static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *len,
			   const unsigned char *offered, unsigned offered_len, void *arg)
{
	const struct async_tls_config *config = arg;
	unsigned char *found;
	int result = SSL_select_next_proto(&found, len, config->protocols, config->protocols_len,
					   offered, offered_len);

	(void)ssl;
	*chosen = found;
	return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Those for a name, or the first. The first of a kind counts, so it comes last. */
static int choose_certificates(SSL *ssl, void *arg)
{
	const struct async_tls_config *config = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct certificate *at = config->certificates + config->certificate_count;
	bool found = false;

	if (!SSL_is_server(ssl))
		return 1;
	SSL_certs_clear(ssl);
	while (name && at-- > config->certificates) {
		if (X509_check_host(at->leaf, name, 0, 0, NULL) != 1)
			continue;
		found = true;
		if (!SSL_use_cert_and_key(ssl, at->leaf, at->key, at->chain, 1))
			return 0;
	}
	at = config->certificates;
	return found || SSL_use_cert_and_key(ssl, at->leaf, at->key, at->chain, 1);
}

/* In the place of OpenSSL's, which asks at the terminal. */
static int give_password(char *buf, int size, int writing, void *arg)
{
	const char *password = arg;
	size_t len = password ? strlen(password) : 0;

	(void)writing;
	if (!password || len > (size_t)size)
		return -1;
	memcpy(buf, password, len);
	return (int)len;
}

static int load_chain(struct certificate *certificate, BIO *file)
{
	unsigned long code;
	X509 *next;

	certificate->leaf = PEM_read_bio_X509_AUX(file, NULL, give_password, NULL);
	certificate->chain = sk_X509_new_null();
	if (!certificate->leaf || !certificate->chain)
		return 0;
	while ((next = PEM_read_bio_X509(file, NULL, give_password, NULL)))
		if (!sk_X509_push(certificate->chain, next)) {
			X509_free(next);
			return 0;
		}
	code = ERR_peek_last_error();
	if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
		return 0;
	ERR_clear_error();
	return 1;
}

/* A file's content in memory: what reads from a file takes a part that cannot be read for the end
 * of it. NULL with the error on OpenSSL's queue. */
static BIO *read_file(const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	BIO *copy = file ? BIO_new(BIO_s_mem()) : NULL;
	char buf[4096];
	int n = -1;

	if (copy)
		while ((n = BIO_read(file, buf, sizeof buf)) > 0)
			if (BIO_write(copy, buf, n) != n)
				break;
	OPENSSL_cleanse(buf, sizeof buf);
	BIO_free(file);
	if (n == 0) {
		BIO_set_mem_eof_return(copy, 0);
		return copy;
	}
	BIO_free(copy);
	return NULL;
}

static int load_certificate(struct certificate *certificate,
			    const struct async_tls_certificate *from)
{
	BIO *chain = read_file(from->chain_file);
	BIO *key = chain ? read_file(from->key_file) : NULL;
	int good = key && load_chain(certificate, chain);

	if (good) {
		certificate->key = PEM_read_bio_PrivateKey(key, NULL, give_password,
							   (void *)(uintptr_t)from->password);
		good = certificate->key &&
		       X509_check_private_key(certificate->leaf, certificate->key);
	}
	BIO_free(key);
	BIO_free(chain);
	return good;
}

/* All are tried in the context, so that one that OpenSSL does not take is found now. */
static int set_certificates(struct async_tls_config *config,
			    const struct async_tls_options *options)
{
	size_t count = options->certificate_count;
	struct certificate *at;

	if (!count)
		return 1;
	config->certificates = OPENSSL_zalloc(count * sizeof *config->certificates);
	if (!config->certificates)
		return 0;
	config->certificate_count = count;
	for (size_t i = count; i--;) {
		at = &config->certificates[i];
		if (!load_certificate(at, &options->certificates[i]) ||
		    !SSL_CTX_use_cert_and_key(config->context, at->leaf, at->key, at->chain, 1))
			return 0;
	}
	if (count > 1)
		SSL_CTX_set_cert_cb(config->context, choose_certificates, config);
	return 1;
}

int async__tls_trust(struct async_tls_config *config)
{
	int done = 1;

	pthread_mutex_lock(&config->lock);
	if (config->trusts_system) {
		done = SSL_CTX_set_default_verify_paths(config->context);
		config->trusts_system = !done;
	}
	pthread_mutex_unlock(&config->lock);
	return done;
}

/* A client that is asked for a certificate is told whose are taken. */
static int trust(struct async_tls_config *config, const X509_INFO *found,
		 STACK_OF(X509_NAME) * names)
{
	X509_STORE *store = SSL_CTX_get_cert_store(config->context);
	X509_NAME *name;

	if (found->crl && !X509_STORE_add_crl(store, found->crl))
		return 0;
	if (!found->x509)
		return 1;
	if (!X509_STORE_add_cert(store, found->x509))
		return 0;
	name = X509_NAME_dup(X509_get_subject_name(found->x509));
	if (!name || !sk_X509_NAME_push(names, name)) {
		X509_NAME_free(name);
		return 0;
	}
	return 1;
}

static int trust_file(struct async_tls_config *config, const char *path)
{
	BIO *file = read_file(path);
	STACK_OF(X509_INFO) *all =
		file ? PEM_X509_INFO_read_bio(file, NULL, give_password, NULL) : NULL;
	STACK_OF(X509_NAME) *names = all ? sk_X509_NAME_new_null() : NULL;
	int good = names != NULL;

	for (int i = 0; good && i < sk_X509_INFO_num(all); i++)
		good = trust(config, sk_X509_INFO_value(all, i), names);
	if (good && !sk_X509_NAME_num(names)) {
		ERR_raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_FOUND);
		good = 0;
	}
	if (good && config->ask_client) {
		SSL_CTX_set_client_CA_list(config->context, names);
		names = NULL;
	}
	sk_X509_NAME_pop_free(names, X509_NAME_free);
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	BIO_free(file);
	return good;
}

static int set_authorities(struct async_tls_config *config, const struct async_tls_options *options)
{
	SSL_CTX *context = config->context;

	config->trusts_system = !options->ca_file && !options->ca_dir && !options->unverified;
	if (config->trusts_system && !options->certificate_count)
		return async__tls_trust(config);
	if (!options->ca_file && !options->ca_dir)
		return 1;
	if (options->ca_dir && !SSL_CTX_load_verify_dir(context, options->ca_dir))
		return 0;
	return !options->ca_file || trust_file(config, options->ca_file);
}

static int set_protocols(struct async_tls_config *config, const struct async_tls_options *options)
{
	size_t len = 0, one;
	unsigned char *to;

	if (!options->protocols || !*options->protocols)
		return 1;
	for (const char *const *at = options->protocols; *at; at++)
		len += 1 + strlen(*at);
	config->protocols = to = OPENSSL_malloc(len);
	if (!to)
		return 0;
	config->protocols_len = (unsigned)len;
	for (const char *const *at = options->protocols; *at; at++, to += one) {
		one = strlen(*at);
		*to++ = (unsigned char)one;
		memcpy(to, *at, one);
	}
	SSL_CTX_set_alpn_select_cb(config->context, choose_protocol, config);
	return !SSL_CTX_set_alpn_protos(config->context, config->protocols, config->protocols_len);
}

static int set_versions(struct async_tls_config *config, const struct async_tls_options *options)
{
	SSL_CTX *context = config->context;
	int min = options->min_version ? options->min_version : TLS1_2_VERSION;

	return SSL_CTX_set_min_proto_version(context, min) &&
	       SSL_CTX_set_max_proto_version(context, options->max_version) &&
	       SSL_CTX_set_cipher_list(context, options->ciphers ? options->ciphers : CIPHERS);
}

/* Tickets need no store at the server; sessions of clients are kept by us. */
static int set_sessions(struct async_tls_config *config, const struct async_tls_options *options)
{
	static const unsigned char id[] = "asyncc";
	SSL_CTX *context = config->context;

	SSL_CTX_set_session_cache_mode(context, options->no_resumption
							? SSL_SESS_CACHE_OFF
							: SSL_SESS_CACHE_CLIENT |
								  SSL_SESS_CACHE_NO_INTERNAL);
	if (!options->no_resumption)
		SSL_CTX_sess_set_new_cb(context, keep_session);
	return SSL_CTX_set_session_id_context(context, id, sizeof id - 1);
}

static void set_behaviour(SSL_CTX *context)
{
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE |
					     SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_default_passwd_cb(context, give_password);
}

/* What OpenSSL would take without a word, or misunderstand. */
static const char *is_wrong(const struct async_tls_options *options)
{
	bool authorities = options->ca_file || options->ca_dir;
	size_t len;

	if ((options->ask_client || options->require_client) && !authorities)
		return "asking clients for certificates takes a ca_file or ca_dir";
	if (options->certificate_count && !options->certificates)
		return "no certificates";
	for (size_t i = 0; i < options->certificate_count; i++)
		if (!options->certificates[i].chain_file || !options->certificates[i].key_file)
			return "a certificate takes a chain_file and a key_file";
	if ((options->min_version && options->min_version < TLS1_2_VERSION) ||
	    (options->max_version && options->max_version < TLS1_2_VERSION))
		return "versions before TLS 1.2 are not secure";
	for (const char *const *at = options->protocols; at && *at; at++) {
		len = strlen(*at);
		if (!len || len > MOST_PROTOCOL)
			return "names of protocols are of 1 to 255 bytes";
	}
	return NULL;
}

static int open_key_log(struct async_tls_config *config, const struct async_tls_options *options)
{
	if (!options->key_log_file)
		return 0;
	config->key_log =
		open(options->key_log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (config->key_log < 0)
		return -errno;
	SSL_CTX_set_keylog_callback(config->context, log_key);
	return 0;
}

static struct async_tls_config *config_alloc(const struct async_tls_options *options)
{
	struct async_tls_config *config = OPENSSL_zalloc(sizeof *config);

	if (!config)
		return NULL;
	atomic_init(&config->references, 1);
	pthread_mutex_init(&config->lock, NULL);
	config->key_log = -1;
	config->ask_client = options->ask_client || options->require_client;
	config->require_client = options->require_client;
	config->unverified = options->unverified;
	config->handshake_ms = options->handshake_ms ? options->handshake_ms : HANDSHAKE_MS;
	config->refused = options->refused;
	return config;
}

static int config_set_up(struct async_tls_config *config, const struct async_tls_options *options)
{
	config->method = async__tls_bio_method();
	config->context = config->method ? SSL_CTX_new(TLS_method()) : NULL;
	if (!config->context)
		return 0;
	set_behaviour(config->context);
	return set_versions(config, options) && set_sessions(config, options) &&
	       set_protocols(config, options) && set_authorities(config, options) &&
	       set_certificates(config, options);
}

EXPORT int async_tls_config_new(const struct async_tls_options *options,
				struct async_tls_config **made, struct async_tls_failure *failure)
{
	struct async_tls_config *config;
	const char *wrong;
	int error;

	*made = NULL;
	if (!options)
		options = &no_options;
	wrong = is_wrong(options);
	if (wrong)
		return async__tls_errno(-EINVAL, wrong, failure);
	ERR_clear_error();
	config = config_alloc(options);
	if (!config)
		return async__tls_errno(-ENOMEM, NULL, failure);
	if (!config_set_up(config, options)) {
		error = async__tls_describe(NULL, failure);
		goto fail;
	}
	error = open_key_log(config, options);
	if (error) {
		async__tls_errno(error, NULL, failure);
		goto fail;
	}
	*made = config;
	return 0;

fail:
	async_tls_config_free(config);
	return error;
}

struct async_tls_config *async__tls_config_ref(struct async_tls_config *config)
{
	atomic_fetch_add_explicit(&config->references, 1, memory_order_relaxed);
	return config;
}

static void free_certificates(struct async_tls_config *config)
{
	for (size_t i = 0; i < config->certificate_count; i++) {
		X509_free(config->certificates[i].leaf);
		sk_X509_pop_free(config->certificates[i].chain, X509_free);
		EVP_PKEY_free(config->certificates[i].key);
	}
	OPENSSL_free(config->certificates);
}

EXPORT void async_tls_config_free(struct async_tls_config *config)
{
	if (!config || atomic_fetch_sub_explicit(&config->references, 1, memory_order_acq_rel) > 1)
		return;
	trim_sessions(config, 0);
	free_certificates(config);
	SSL_CTX_free(config->context);
	BIO_meth_free(config->method);
	OPENSSL_free(config->protocols);
	if (config->key_log >= 0)
		close(config->key_log);
	pthread_mutex_destroy(&config->lock);
	OPENSSL_free(config);
}
