"""The register of practices and lessons at work: what was learned, and what was done about it."""

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tongxing.access.guard import allow
from tongxing.programme import actions
from tongxing.programme.forms import AnswerForm, LessonForm
from tongxing.programme.models import Lesson, Programme
from tongxing.programme.views.chosen import programmes


@allow("lesson", "add")
@require_http_methods(["GET", "POST"])
def lesson_list(request: HttpRequest, code: str) -> HttpResponse:
    """The register of a programme, and the form for another entry."""
    programme = get_object_or_404(Programme, code=code)
    form, status = LessonForm(programme=programme), 200
    if request.method == "POST":
        form, status = LessonForm(request.POST, programme=programme), 422
        if form.is_valid():
            actions.record_lesson(
                programme=programme,
                kind=form.cleaned_data["kind"],
                text=form.text(),
                outcome=form.cleaned_data["outcome"],
                site=form.cleaned_data["site"],
                by=request.acting,  # type: ignore[attr-defined]
            )
            return HttpResponseRedirect(reverse("programme:lesson_list", args=[code]))
    page = {
        "programme": programme,
        "programmes": programmes(),
        "lessons": programme.lessons.select_related("outcome", "site"),
        "form": form,
    }
    return render(request, "programme/lesson_list.html", page, status=status)


@allow("lesson", "change")
@require_http_methods(["GET", "POST"])
def lesson_answer(request: HttpRequest, code: str, lesson: uuid.UUID) -> HttpResponse:
    """What was done about one lesson; the words of the page themselves are never changed."""
    found = get_object_or_404(Lesson.objects.select_related("programme"), pk=lesson, programme__code=code)
    said = {f"text_{language}": text for language, text in found.done.items()}
    form, status = AnswerForm(initial=said | {"is_taken_up": found.state == Lesson.State.TAKEN_UP}), 200
    if request.method == "POST":
        form, status = AnswerForm(request.POST), 422
        if form.is_valid():
            taken_up = form.cleaned_data["is_taken_up"]
            actions.answer_lesson(found.pk, done=form.text(), is_taken_up=taken_up, by=request.acting)  # type: ignore[attr-defined]
            return HttpResponseRedirect(reverse("programme:lesson_list", args=[code]))
    page = {"lesson": found, "programme": found.programme, "form": form}
    return render(request, "programme/lesson_answer.html", page, status=status)
