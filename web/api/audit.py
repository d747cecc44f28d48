"""The audit: trailers whose tags are likely wrong, and decisions on many of them at once."""

from typing import Any

from web.api.routing import CallerDep, ServiceDep, make_router
from web.audit_responses import AuditFindings, DecisionResults
from web.audits import AuditQuery, read_audit
from web.request_bodies import FindingDecisions
from worker.auditing.decisions import decide

router = make_router("audit")


@router.get("/audit", response_model=AuditFindings)
def list_findings(search: AuditQuery, service: ServiceDep) -> dict[str, Any]:
    """List the trailers whose tags are most likely wrong; `next` is the cursor of the next page."""
    page = read_audit(service, search)
    audit = page.audit
    counts = {"audited": len(audit.trailers), "without_tags": audit.n_untagged, "without_prediction": audit.n_unscored}
    return {**counts, "findings": [row.document() for row in page.rows], "next": page.next}


@router.post("/audit/decisions", response_model=DecisionResults)
def review_findings(new: FindingDecisions, service: ServiceDep, caller: CallerDep) -> dict[str, Any]:
    """Make a review of each decision: the suggestion, or the tags as they are. The same again changes nothing."""
    decisions = [each.to_decision() for each in new.decisions]
    return {"results": [decide(service.store, each, reviewer=caller.name) for each in decisions]}
