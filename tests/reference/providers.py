"""Providers of models (docs/semantics.md#spans): the one name of each, and models that have it in front."""

ALIASES = {
    "azure": ["azure.ai.openai", "az.ai.openai"], "azure_ai": ["azure.ai.inference", "az.ai.inference"],
    "bedrock": ["aws.bedrock", "bedrock_converse"], "vertex_ai": ["gcp.vertex_ai", "vertexai"],
    "gemini": ["gcp.gemini", "google_ai_studio"], "google": ["gcp.gen_ai"], "xai": ["x_ai", "x-ai"],
    "mistral": ["mistral_ai", "mistralai"], "watsonx": ["ibm.watsonx.ai"]}
AS_THEY_ARE = ["openai", "anthropic", "cohere", "deepseek", "groq", "perplexity", "openrouter"]
KNOWN = {name: name for name in [*ALIASES, *AS_THEY_ARE]} | {alias: name for name in ALIASES for alias in ALIASES[name]}


def lower(name):
    """ASCII letters alone."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def canonical(name):
    """The one name of a provider that we know; any other in lower case."""
    name = lower(name)
    return "vertex_ai" if name.startswith("vertex_ai-") and name != "vertex_ai-" else KNOWN.get(name, name)


def split_model(texts):
    """`openai/gpt-4o` of openai, or of nobody and with a known provider in front, is `gpt-4o`. Changes `texts`."""
    prefix, slash, rest = (texts.get("model") or "").partition("/")
    if not (prefix and slash and rest):
        return
    provider = texts.get("provider")
    if provider is None:
        if canonical(prefix) not in KNOWN.values():
            return
        texts["provider"] = canonical(prefix)
    elif canonical(provider) != canonical(prefix):
        return
    texts["model"] = rest
