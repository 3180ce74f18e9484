"""From candidate to colleague. What was said and rated when they applied stays with selection."""

from __future__ import annotations

from django.db import transaction

from poise.app.access import Capability, Role
from poise.app.accounts.models import Membership, User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.decisions.deciding import last_decision
from poise.app.interviews.decisions.models import Decision
from poise.app.people.models import Person

__all__ = ["hire"]


def hire(candidate: Candidate, by: User) -> Person:
    """Let somebody who was offered the job start: a person of the campaign's team, whose account becomes an agent's.

    Who works here already (their account has a person) joins the team. Nothing of the interviews goes along: neither
    the application's address nor its code is in the person's id. Called again, it returns the same person.

    Raises
    ------
    PermissionError
        Where the candidate is out of reach.
    ValueError
        Where the decision that holds is not to offer the job.
    """
    if not reach.candidates(by, Capability.DECIDE_CANDIDATE).filter(pk=candidate.pk).exists():
        raise PermissionError("the candidate is out of reach")
    with transaction.atomic():
        held = Candidate.objects.select_for_update(of=("self",)).select_related("campaign__team").get(pk=candidate.pk)
        if held.person is not None:
            return held.person
        decision = last_decision(held)
        if decision is None or decision.outcome != Decision.Outcome.HIRE or held.state != Candidate.State.HIRED:
            raise ValueError("only somebody who was offered the job starts: decide so first")
        team = held.campaign.team
        person = Person.objects.filter(user=held.user).first() if held.user is not None else None
        if person is None:
            person = Person.objects.create(
                person_id=f"hired-{held.pk}", name=held.name, team=team, user=held.user, active=True
            )
            record(Action.ADDED, person, actor=by.pk, person=person.pk, by="hire")
        else:
            person.team, person.active = team, True
            person.save(update_fields=["team", "active"])
            record(Action.CHANGED, person, actor=by.pk, person=person.pk, fields=["team", "active"], by="hire")
        if held.user is not None:
            role, new = Membership.objects.get_or_create(user=held.user, role=Role.AGENT, team=team)
            held.user.forget_roles()
            if new:
                record(Action.ADDED, role, actor=by.pk, user=held.user.pk, role=role.role, team=team.pk, by="hire")
        held.person = person
        held.save(update_fields=["person"])
        record(Action.CHANGED, held, actor=by.pk, purpose="selection", fields=["person"])
    return person
