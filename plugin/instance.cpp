// Compilers beside the running one, for another look at the same input.

#include "plugin.h"

#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/FileManager.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Frontend/Utils.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "clang/Serialization/ASTReader.h"
#include "llvm/Support/FileSystem.h"

using namespace clang;

namespace asyncc
{
namespace
{

class DependencyRecorder : public DependencyCollector
{
	std::vector<Dependency> &list;

      public:
	explicit DependencyRecorder(std::vector<Dependency> &into) : list(into)
	{
	}

	bool sawDependency(StringRef name, bool fromModule, bool system, bool moduleFile,
			   bool missing) override
	{
		if (!fromModule && !moduleFile && !missing)
			list.push_back({name.str(), system});
		return true;
	}

	bool needSystemDependencies() override
	{
		return true;
	}
};

class PreprocessAction : public PreprocessorFrontendAction
{
	std::string &text;

      public:
	explicit PreprocessAction(std::string &into) : text(into)
	{
	}

	void ExecuteAction() override
	{
		PreprocessorOutputOptions options;
		options.ShowCPP = true;
		options.ShowLineMarkers = true;
		addDiagnosticPragmas(getCompilerInstance().getPreprocessor());
		llvm::raw_string_ostream out(text);
		DoPrintPreprocessedInput(getCompilerInstance().getPreprocessor(), &out, options);
	}
};

void useHeaderInsteadOfPrecompiled(CompilerInstance &ci, PreprocessorOptions &options)
{
	std::string header = precompiledSource(ci);
	if (!header.empty())
		options.Includes.insert(options.Includes.begin(), header);
	options.ImplicitPCHInclude.clear();
}

} // namespace

std::string precompiledSource(CompilerInstance &ci)
{
	std::string path = ci.getPreprocessorOpts().ImplicitPCHInclude;
	// A folder of precompiled headers for different options: all of the same header.
	if (llvm::sys::fs::is_directory(path)) {
		std::error_code error;
		llvm::sys::fs::directory_iterator entry(path, error), end;
		if (error || entry == end)
			return "";
		path = entry->path();
	}
	if (path.empty())
		return "";
	return ASTReader::getOriginalSourceFile(path, ci.getFileManager(),
						ci.getPCHContainerReader(), ci.getDiagnostics());
}

std::unique_ptr<CompilerInstance> cloneInstance(CompilerInstance &ci)
{
	auto invocation = std::make_shared<CompilerInvocation>(ci.getInvocation());
	invocation->getDependencyOutputOpts() = DependencyOutputOptions();

	FrontendOptions &frontend = invocation->getFrontendOpts();
	frontend.ProgramAction = frontend::ParseSyntaxOnly;
	frontend.OutputFile.clear();

	DiagnosticOptions &diagnostics = invocation->getDiagnosticOpts();
	diagnostics.DiagnosticLogFile.clear();
	diagnostics.DiagnosticSerializationFile.clear();
	diagnostics.VerifyDiagnostics = false;

	PreprocessorOptions &preprocessor = invocation->getPreprocessorOpts();
	preprocessor.addMacroDef("__ASYNCC__=1");
	if (!preprocessor.ImplicitPCHInclude.empty())
		useHeaderInsteadOfPrecompiled(ci, preprocessor);

	auto clone = std::make_unique<CompilerInstance>(ci.getPCHContainerOperations());
	clone->setInvocation(std::move(invocation));
	clone->getLangOpts().Modules = false;
	clone->getLangOpts().ImplicitModules = false;
	clone->getHeaderSearchOpts().ImplicitModuleMaps = false;
	clone->getFrontendOpts().ModuleMapFiles.clear();
	// Unknown warning options have been reported once already.
	clone->createDiagnostics(new IgnoringDiagConsumer, /*ShouldOwnClient=*/true);
	clone->setFileManager(&ci.getFileManager());
	if (!clone->createTarget())
		return nullptr;
	return clone;
}

void recordDependencies(CompilerInstance &ci, std::vector<Dependency> &list)
{
	ci.addDependencyCollector(std::make_shared<DependencyRecorder>(list));
}

bool preprocess(CompilerInstance &ci, const FrontendInputFile &input, Preprocessed &result)
{
	std::unique_ptr<CompilerInstance> clone = cloneInstance(ci);
	if (!clone)
		return false;
	recordDependencies(*clone, result.dependencies);
	PreprocessAction action(result.text);
	if (!action.BeginSourceFile(*clone, input))
		return false;
	llvm::consumeError(action.Execute());
	action.EndSourceFile();
	return true;
}

} // namespace asyncc
