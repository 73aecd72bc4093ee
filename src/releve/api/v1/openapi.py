"""What the OpenAPI document says of refusals: each is a problem document, even those no route writes itself."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

PROBLEM_TYPE = "application/problem+json"
_PROBLEM = {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
# Given by the framework or by the guard in front of every route.
_EVERYWHERE = {
    400: "Requête illisible",
    401: "Clé d’accès inconnue ou révoquée",
    404: "Introuvable",
    413: "Requête trop volumineuse",
    422: "Donnée refusée",
}


class DescribedAPI(NinjaAPI):
    """NinjaAPI whose document gives every refusal its true content type."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        for path in schema["paths"].values():
            for operation in path.values():
                _describe_refusals(operation["responses"])
        return schema


def _describe_refusals(responses: dict[int, dict[str, Any]]) -> None:
    for status, title in _EVERYWHERE.items():
        responses.setdefault(status, {"description": title})
    for status, response in responses.items():
        if int(status) >= 400:
            response["content"] = {PROBLEM_TYPE: _PROBLEM}
            response["description"] = _EVERYWHERE.get(int(status), response["description"])
