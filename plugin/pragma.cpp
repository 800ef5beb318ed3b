// #pragma clang diagnostic and #pragma GCC diagnostic for asyncc's warnings. Clang's own
// handler says of their flags that it does not know them, and drops the pragma.

#include "plugin.h"

#include "clang/Lex/LexDiagnostic.h"
#include "clang/Lex/Pragma.h"
#include "clang/Lex/Preprocessor.h"

#include "llvm/ADT/StringSwitch.h"

using namespace clang;

namespace asyncc
{
namespace
{

class DiagnosticPragma : public PragmaHandler
{
	const char *space;

	static diag::Severity severity(StringRef word)
	{
		return llvm::StringSwitch<diag::Severity>(word)
			.Case("ignored", diag::Severity::Ignored)
			.Case("warning", diag::Severity::Warning)
			.Case("error", diag::Severity::Error)
			.Case("fatal", diag::Severity::Fatal)
			.Default(diag::Severity());
	}

	void pushOrPop(Preprocessor &preprocessor, const Token &word, SourceLocation at) const
	{
		PPCallbacks *callbacks = preprocessor.getPPCallbacks();
		bool pops = word.getIdentifierInfo()->isStr("pop");
		if (!pops)
			preprocessor.getDiagnostics().pushMappings(at);
		else if (!preprocessor.getDiagnostics().popMappings(at)) {
			preprocessor.Diag(word, diag::warn_pragma_diagnostic_cannot_pop);
			return;
		}
		if (callbacks && pops)
			callbacks->PragmaDiagnosticPop(at, space);
		else if (callbacks)
			callbacks->PragmaDiagnosticPush(at, space);
	}

	// False: clang knows no flag of this name, and it is none of ours.
	static bool set(Preprocessor &preprocessor, StringRef flag, diag::Severity severity,
			SourceLocation at)
	{
		diag::Flavor flavor =
			flag[1] == 'W' ? diag::Flavor::WarningOrError : diag::Flavor::Remark;
		StringRef group = flag.substr(2);
		DiagnosticsEngine &diagnostics = preprocessor.getDiagnostics();
		if (group == "everything")
			diagnostics.setSeverityForAll(flavor, severity, at);
		else if (group != "async" && group.substr(0, 6) != "async-")
			return !diagnostics.setSeverityForGroup(flavor, group, severity, at);
		return true;
	}

      public:
	explicit DiagnosticPragma(const char *inside) : PragmaHandler("diagnostic"), space(inside)
	{
	}

	void HandlePragma(Preprocessor &preprocessor, PragmaIntroducer, Token &token) override
	{
		SourceLocation at = token.getLocation();
		preprocessor.LexUnexpandedToken(token);
		const IdentifierInfo *word = token.getIdentifierInfo();
		if (word && (word->isStr("push") || word->isStr("pop"))) {
			pushOrPop(preprocessor, token, at);
			return;
		}
		diag::Severity wanted = severity(word ? word->getName() : "");
		if (wanted == diag::Severity()) {
			preprocessor.Diag(token, diag::warn_pragma_diagnostic_invalid);
			return;
		}
		preprocessor.LexUnexpandedToken(token);
		SourceLocation flagAt = token.getLocation();
		std::string flag;
		if (!preprocessor.FinishLexStringLiteral(token, flag, "pragma diagnostic",
							 /*AllowMacroExpansion=*/false))
			return;
		if (token.isNot(tok::eod))
			preprocessor.Diag(token.getLocation(),
					  diag::warn_pragma_diagnostic_invalid_token);
		else if (flag.size() < 3 || flag[0] != '-' || (flag[1] != 'W' && flag[1] != 'R'))
			preprocessor.Diag(flagAt, diag::warn_pragma_diagnostic_invalid_option);
		else if (!set(preprocessor, flag, wanted, at))
			preprocessor.Diag(flagAt, diag::warn_pragma_diagnostic_unknown_warning)
				<< flag;
		else if (PPCallbacks *callbacks = preprocessor.getPPCallbacks())
			callbacks->PragmaDiagnostic(at, space, wanted, flag);
	}
};

} // namespace

void addDiagnosticPragmas(Preprocessor &preprocessor)
{
	for (const char *space : {"clang", "GCC"}) {
		// Clang finds the handler to be removed by its name, and gives it up.
		DiagnosticPragma old(space);
		preprocessor.RemovePragmaHandler(space, &old);
		preprocessor.AddPragmaHandler(space, new DiagnosticPragma(space));
	}
}

} // namespace asyncc
