"""What other apps' pages show of comments and votes."""

from django import template

from comments.models import Comment, Vote, most_discussed_stories

register = template.Library()


@register.inclusion_tag("comments/_vote.html")
def vote_for(article):
    return {"article": article, "tally": Vote.objects.tally(article)}


@register.inclusion_tag("comments/_comments.html")
def comments_for(article):
    return {"article": article, "comments": Comment.objects.visible().filter(article=article)}


@register.simple_tag
def most_discussed():
    """Up to five published stories by what readers wrote under them this week, each with `comment_count`."""
    return most_discussed_stories()
