"""Addresses of campaigns, candidates and schedules, under ``hiring/``."""

from __future__ import annotations

from django.urls import path

from poise.app.interviews.campaigns.views import campaigns, candidates, files, planning, schedule, telling

urlpatterns = [
    path("", campaigns.campaigns, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="campaign_new"),
    path("campaigns/<int:key>/", campaigns.one, name="campaign"),
    path("campaigns/<int:key>/change/", campaigns.change, name="campaign_change"),
    path("campaigns/<int:key>/open/", campaigns.open_up, name="campaign_open"),
    path("campaigns/<int:key>/close/", campaigns.close, name="campaign_close"),
    path("campaigns/<int:key>/stages/new/", campaigns.stage_new, name="stage_new"),
    path("stages/<int:key>/", campaigns.stage, name="stage"),
    path("stages/<int:key>/remove/", campaigns.stage_remove, name="stage_remove"),
    path("campaigns/<int:key>/candidates/", candidates.listing, name="campaign_candidates"),
    path("campaigns/<int:key>/candidates/new/", candidates.new, name="candidate_new"),
    path("campaigns/<int:key>/candidates/notify/", candidates.notify_all, name="campaign_notify"),
    path("campaigns/<int:key>/candidates/bring/", files.bring, name="candidates_bring"),
    path("campaigns/<int:key>/candidates.csv", files.save, name="candidates_csv"),
    path("candidates.csv", files.empty, name="candidates_empty_csv"),
    path("candidates/<int:key>/", candidates.one, name="candidate"),
    path("candidates/<int:key>/change/", candidates.change, name="candidate_change"),
    path("candidates/<int:key>/withdraw/", candidates.withdraw, name="candidate_withdraw"),
    path("candidates/<int:key>/alternative/", candidates.alternative, name="candidate_alternative"),
    path("candidates/<int:key>/keep/", candidates.keep, name="candidate_keep"),
    path("candidates/<int:key>/notify/", telling.notify, name="candidate_notify"),
    path("candidates/<int:key>/told/", telling.told, name="candidate_told"),
    path("candidates/<int:key>/plan/", schedule.plan_one, name="candidate_plan"),
    path("candidates/<int:key>/accommodations/new/", telling.ask, name="accommodation_new"),
    path("accommodations/<int:key>/", telling.answer, name="accommodation"),
    path("campaigns/<int:key>/letters/", telling.letters, name="campaign_letters"),
    path("letters/<int:key>/again/", telling.again, name="letter_again"),
    path("campaigns/<int:key>/plan/", planning.plan, name="campaign_plan"),
    path("campaigns/<int:key>/schedule/", schedule.week, name="campaign_schedule"),
    path("schedule/", schedule.calendar, name="schedule"),
    path("schedule/<int:key>/", schedule.interview, name="schedule_interview"),
    path("schedule/<int:key>/move/", schedule.move, name="schedule_move"),
    path("schedule/<int:key>/cancel/", schedule.cancel, name="schedule_cancel"),
    path("schedule/<int:key>/missed/", schedule.missed, name="schedule_missed"),
    path("schedule/<int:key>/seats/", schedule.seat, name="schedule_seat"),
    path("schedule/<int:key>/seats/<int:rater>/remove/", schedule.unseat, name="schedule_unseat"),
    path("schedule/<int:key>/replace/", schedule.replace, name="schedule_replace"),
    path("schedule/<int:key>/invite/", telling.invite_again, name="schedule_invite"),
]
