// The clang plugin: compiles C with async functions. When a file has any, it is
// preprocessed, transformed and checked here, before the compiler starts with it, and
// the compiler is then given the transformed text in the place of the main file's.
// Everything after that is the user's own pipeline, whatever it makes.

#include "plugin.h"
#include "wrapper_text.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/Basic/FileManager.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Frontend/FrontendPluginRegistry.h"
#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/Support/Path.h"

#include <cstring>
#include <dlfcn.h>

using namespace clang;

namespace asyncc
{
namespace
{

// A place in this file's module, to find the others beside it.
const char here = 0;

// The transform, loaded when it is needed: it brings libclang along.
struct Transform {
	decltype(&asyncc_transform) run = nullptr;
	decltype(&asyncc_result_free) free = nullptr;
	std::string error;

	Transform()
	{
		Dl_info self;
		dladdr(&here, &self);
		SmallString<256> path(llvm::sys::path::parent_path(self.dli_fname));
		llvm::sys::path::append(path, "transform-" ASYNCC_LLVM ".so");
		void *module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
		if (!module) {
			error = dlerror();
			return;
		}
		run = reinterpret_cast<decltype(run)>(dlsym(module, "asyncc_transform"));
		free = reinterpret_cast<decltype(free)>(dlsym(module, "asyncc_result_free"));
	}
};

class Result
{
	const Transform &transform;

      public:
	asyncc_result value;

	Result(const Transform &by, const Preprocessed &source, const asyncc_options &options)
	    : transform(by), value(by.run(source.text.data(), source.text.size(), &options))
	{
	}

	Result(const Result &) = delete;

	~Result()
	{
		transform.free(&value);
	}
};

// Options of clang -cc1 that decide how C is read, in the command that clang itself
// made of the user's: exact, defaults of target and platform included.
bool isLanguageOption(StringRef option)
{
	static const char *const prefixes[] = {
		"-std=",           "-fms-",           "-fno-ms-",       "-fblocks",
		"-fgnu",           "-fno-gnu",        "-fshort-",       "-fno-short-",
		"-fsigned-",       "-fno-signed-",    "-funsigned-",    "-fwchar-type=",
		"-fdeclspec",      "-fopenmp",        "-fasm",          "-fno-asm",
		"-fdollars-in-",   "-fno-dollars-in", "-ffreestanding", "-fno-builtin",
		"-fpack-struct",   "-fmax-type-",     "-fnative-half-", "-ffixed-point",
		"-fenable-matrix", "-faltivec",       "-fzvector",      "-flax-vector-",
		"-fexceptions",    "-mlong-double-",  "-mfloat-abi",    "-mms-bitfields",
		"-fconst-strings", "-fno-const-",     "-fcommon",       "-fno-common",
		"-fbracket-depth", "-fkeep-",         "-fdouble-",      "-fsanitize=",
	};
	for (const char *prefix : prefixes)
		if (option.substr(0, strlen(prefix)) == prefix)
			return true;
	return false;
}

bool takesValue(StringRef option)
{
	return option == "-target-cpu" || option == "-target-feature" || option == "-target-abi" ||
	       option == "-mfloat-abi" || option == "-fbracket-depth";
}

std::vector<std::string> languageOptions(CompilerInstance &ci)
{
	std::vector<std::string> list = {"--target=" + ci.getTargetOpts().Triple};
	const std::vector<std::string> &line = ci.getCodeGenOpts().CommandLineArgs;
	for (size_t i = 0; i < line.size(); i++) {
		bool value = takesValue(line[i]) && i + 1 < line.size();
		if (!value && !isLanguageOption(line[i]))
			continue;
		list.insert(list.end(), {"-Xclang", line[i]});
		if (value)
			list.insert(list.end(), {"-Xclang", line[++i]});
	}
	// What the user's options make of a doubtful construct is said in the syntax pass.
	list.push_back("-Wno-everything");
	return list;
}

// Tells those who write lists of dependencies about the headers that the compiler
// does not get to see. The right moment is after the main file.
class DependencyReplay : public PPCallbacks
{
	CompilerInstance &ci;
	std::vector<Dependency> list;
	bool replaying = false;

	void replay()
	{
		Preprocessor &preprocessor = ci.getPreprocessor();
		std::vector<Dependency> pending;
		pending.swap(list);
		for (const Dependency &dependency : pending) {
			auto file = ci.getFileManager().getFileRef(dependency.name);
			if (!file) {
				llvm::consumeError(file.takeError());
				continue;
			}
			preprocessor.getPPCallbacks()->HasInclude(
				SourceLocation(), dependency.name, false, *file,
				dependency.system ? SrcMgr::C_System : SrcMgr::C_User);
		}
	}

      public:
	DependencyReplay(CompilerInstance &compiler, std::vector<Dependency> known)
	    : ci(compiler), list(std::move(known))
	{
	}

	void FileChanged(SourceLocation at, FileChangeReason, SrcMgr::CharacteristicKind,
			 FileID) override
	{
		SourceManager &sources = ci.getSourceManager();
		if (sources.getFileID(at) == sources.getMainFileID() || replaying)
			return;
		replaying = true;
		replay();
	}
};

class AsyncAction : public PluginASTAction
{
	Settings settings;
	// The compilers of the syntax pass make plugins of their own.
	static bool nested;

	static bool makesCode(CompilerInstance &ci)
	{
		switch (ci.getFrontendOpts().ProgramAction) {
		case frontend::EmitAssembly:
		case frontend::EmitBC:
		case frontend::EmitLLVM:
		case frontend::EmitLLVMOnly:
		case frontend::EmitCodeGenOnly:
		case frontend::EmitObj:
		case frontend::ParseSyntaxOnly:
		case frontend::ASTDump:
		case frontend::ASTPrint:
		case frontend::GeneratePCH:
			return true;
		default:
			return false;
		}
	}

	static bool isOurs(CompilerInstance &ci, const FrontendInputFile &input)
	{
		return input.isFile() && input.getKind().getFormat() == InputKind::Source &&
		       input.getKind().getLanguage() == Language::C && makesCode(ci) &&
		       ci.getFrontendOpts().CodeCompletionAt.FileName.empty();
	}

	void fail(CompilerInstance &ci, StringRef message) const
	{
		DiagnosticsEngine &diagnostics = ci.getDiagnostics();
		diagnostics.Report(
			diagnostics.getCustomDiagID(DiagnosticsEngine::Error, "asyncc: %0"))
			<< message;
	}

	bool wantsText() const
	{
		return settings.emitC || !settings.dump.empty() || !settings.report.empty();
	}

	void replaceMainFile(CompilerInstance &ci, StringRef text, const Preprocessed &source) const
	{
		std::string copy = text.str();
		text_blank_pragmas(&copy[0], copy.size());
		SourceManager &sources = ci.getSourceManager();
		FileEntryRef main = *sources.getFileEntryRefForID(sources.getMainFileID());
		sources.overrideFileContents(
			main, llvm::MemoryBuffer::getMemBufferCopy(copy, main.getName()));
		// The old file ID has room for the old text only.
		sources.setMainFileID(sources.createFileID(main, SourceLocation(), SrcMgr::C_User));
		Preprocessor &preprocessor = ci.getPreprocessor();
		preprocessor.setPredefines("");
		ci.getPreprocessorOpts().ImplicitPCHInclude.clear();
		preprocessor.addPPCallbacks(
			std::make_unique<DependencyReplay>(ci, source.dependencies));
		ci.getDiagnostics().setIgnoreAllWarnings(true);
	}

	// A precompiled header keeps its macros, so it is made of the original. A file with
	// async code that uses it reads the header itself, as text.
	void eraseWords(CompilerInstance &ci, const asyncc_result &result) const
	{
		for (size_t i = 0; i < result.word_count; i++)
			if (!result.words[i])
				return;
		std::string predefines = ci.getPreprocessor().getPredefines();
		ci.getPreprocessor().setPredefines(predefines + "#define __ASYNCC__ 1\n"
								"#define async\n"
								"#define await\n"
								"#define _Async\n"
								"#define _Await\n"
								"#define __async__\n"
								"#define __await__\n");
		ci.getDiagnostics().setIgnoreAllWarnings(true);
	}

	// The compiler reads nothing and leaves no output. Whether that is a failure is
	// decided by the errors that were reported.
	void stop(CompilerInstance &ci) const
	{
		DiagnosticsEngine &diagnostics = ci.getDiagnostics();
		bool owned = diagnostics.ownsClient();
		DiagnosticConsumer *client = diagnostics.getClient();
		std::unique_ptr<DiagnosticConsumer> keep = diagnostics.takeClient();
		IgnoringDiagConsumer silence;
		diagnostics.setClient(&silence, /*ShouldOwnClient=*/false);
		diagnostics.Report(
			diagnostics.getCustomDiagID(DiagnosticsEngine::Fatal, "asyncc: stopped"));
		diagnostics.setClient(client, owned);
		static_cast<void>(keep.release());
		replaceMainFile(ci, "", Preprocessed());
	}

	std::vector<const char *> warningOptions(CompilerInstance &ci) const
	{
		std::vector<const char *> list;
		for (const std::string &given : ci.getDiagnosticOpts().Warnings)
			list.push_back(given.c_str());
		for (const std::string &given : settings.warnings)
			list.push_back(given.c_str());
		return list;
	}

	static const char *given(const std::string &setting)
	{
		return setting.empty() ? nullptr : setting.c_str();
	}

	// False: the compilation ends here, with an error or with nothing left to do.
	bool compile(CompilerInstance &ci, const FrontendInputFile &input, StringRef name) const
	{
		Preprocessed source;
		if (!preprocess(ci, input, source))
			return true;
		Transform transform;
		if (!transform.run) {
			fail(ci, transform.error);
			return false;
		}
		std::vector<std::string> options = languageOptions(ci);
		std::vector<const char *> args;
		for (const std::string &option : options)
			args.push_back(option.c_str());
		std::vector<const char *> warnings = warningOptions(ci);
		std::string file = name.str();
		// Make and its like are to build anew when it changes.
		if (!settings.frameBudget.empty())
			source.dependencies.push_back({settings.frameBudget, /*system=*/false});
		asyncc_options request = {
			file.c_str(),
			args.data(),
			args.size(),
			settings.emitC,
			given(settings.dump),
			warnings.data(),
			warnings.size(),
			ci.getDiagnosticOpts().IgnoreWarnings != 0,
			given(settings.report),
			given(settings.frameBudget),
		};
		Result result(transform, source, request);
		if (!result.value.changed && !result.value.failed)
			return printUnchanged(ci);
		return finish(ci, input, source, result.value);
	}

	bool printUnchanged(CompilerInstance &ci) const
	{
		if (!wantsText())
			return true;
		SourceManager &sources = ci.getSourceManager();
		if (settings.emitC)
			llvm::outs() << sources.getBufferData(sources.getMainFileID());
		return false;
	}

	bool finish(CompilerInstance &ci, const FrontendInputFile &input,
		    const Preprocessed &source, const asyncc_result &result) const
	{
		unsigned before = ci.getDiagnosticClient().getNumErrors();
		sayDiagnostics(ci, input, source, result);
		if (ci.getDiagnosticClient().getNumErrors() != before)
			return false;
		StringRef text(result.text, result.size);
		if (wantsText()) {
			llvm::outs() << text;
			return false;
		}
		if (ci.getFrontendOpts().ProgramAction == frontend::GeneratePCH)
			eraseWords(ci, result);
		else
			replaceMainFile(ci, text, source);
		return true;
	}

	bool takeArgument(StringRef argument)
	{
		if (argument == "emit-c")
			settings.emitC = true;
		else if (argument.consume_front("dump="))
			settings.dump = argument.str();
		else if (argument.consume_front("report="))
			settings.report = argument.str();
		else if (argument.consume_front("frame-budget="))
			settings.frameBudget = argument.str();
		else if (argument.consume_front("W"))
			settings.warnings.push_back(argument.str());
		else
			return argument.substr(0, 3) == "id=";
		return true;
	}

      public:
	ActionType getActionType() override
	{
		return AddBeforeMainAction;
	}

	bool ParseArgs(const CompilerInstance &ci,
		       const std::vector<std::string> &arguments) override
	{
		if (nested)
			return false;
		for (const std::string &argument : arguments) {
			if (takeArgument(argument))
				continue;
			DiagnosticsEngine &diagnostics = ci.getDiagnostics();
			diagnostics.Report(diagnostics.getCustomDiagID(
				DiagnosticsEngine::Error, "asyncc: unknown plugin argument '%0'"))
				<< argument;
		}
		return true;
	}

	std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &ci,
						       StringRef name) override
	{
		auto consumer = std::make_unique<ASTConsumer>();
		if (ci.getFrontendOpts().Inputs.size() != 1)
			return consumer;
		const FrontendInputFile &input = ci.getFrontendOpts().Inputs[0];
		if (!isOurs(ci, input))
			return consumer;
		nested = true;
		bool goOn = mayHaveAsync(ci, input) ? compile(ci, input, name) : printUnchanged(ci);
		nested = false;
		if (!goOn)
			stop(ci);
		return consumer;
	}
};

bool AsyncAction::nested = false;

FrontendPluginRegistry::Add<AsyncAction> registration("asyncc", "compiles async functions");

} // namespace
} // namespace asyncc
