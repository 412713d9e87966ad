#include "ingest/provider_name.h"

#include <algorithm>
#include <array>

namespace spantoll::ingest {
namespace {

struct ProviderName {
    std::string_view name;  // lower case
    std::string_view canonical;
};

// One table for all: docs/semantics.md has the same one. A provider that is not in it is called as
// its spans call it.
constexpr std::array kProviderNames{
    ProviderName{"openai", "openai"},
    ProviderName{"azure", "azure"},
    ProviderName{"azure.ai.openai", "azure"},
    ProviderName{"az.ai.openai", "azure"},
    ProviderName{"azure_ai", "azure_ai"},
    ProviderName{"azure.ai.inference", "azure_ai"},
    ProviderName{"az.ai.inference", "azure_ai"},
    ProviderName{"anthropic", "anthropic"},
    ProviderName{"bedrock", "bedrock"},
    ProviderName{"aws.bedrock", "bedrock"},
    ProviderName{"bedrock_converse", "bedrock"},
    ProviderName{"vertex_ai", "vertex_ai"},
    ProviderName{"gcp.vertex_ai", "vertex_ai"},
    ProviderName{"vertexai", "vertex_ai"},
    ProviderName{"gemini", "gemini"},
    ProviderName{"gcp.gemini", "gemini"},
    ProviderName{"google_ai_studio", "gemini"},
    ProviderName{"google", "google"},
    ProviderName{"gcp.gen_ai", "google"},
    ProviderName{"xai", "xai"},
    ProviderName{"x_ai", "xai"},
    ProviderName{"x-ai", "xai"},
    ProviderName{"mistral", "mistral"},
    ProviderName{"mistral_ai", "mistral"},
    ProviderName{"mistralai", "mistral"},
    ProviderName{"watsonx", "watsonx"},
    ProviderName{"ibm.watsonx.ai", "watsonx"},
    ProviderName{"cohere", "cohere"},
    ProviderName{"deepseek", "deepseek"},
    ProviderName{"groq", "groq"},
    ProviderName{"perplexity", "perplexity"},
    ProviderName{"openrouter", "openrouter"},
};
// LiteLLM has one for each family of models: vertex_ai-language-models.
constexpr ProviderName kVertexFamily{"vertex_ai-", "vertex_ai"};

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_equal(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return lower(x) == lower(y);
    });
}

}  // namespace

std::optional<std::string_view> known_provider(std::string_view name) {
    for (const ProviderName& known : kProviderNames) {
        if (is_equal(known.name, name)) {
            return known.canonical;
        }
    }
    const bool is_of_family =
        name.size() > kVertexFamily.name.size() &&
        is_equal(name.substr(0, kVertexFamily.name.size()), kVertexFamily.name);
    return is_of_family ? std::optional(kVertexFamily.canonical) : std::nullopt;
}

bool is_same_provider(std::string_view a, std::string_view b) {
    if (is_equal(a, b)) {
        return true;
    }
    const std::optional<std::string_view> known = known_provider(a);
    return known && known == known_provider(b);
}

}  // namespace spantoll::ingest
