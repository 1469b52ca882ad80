"""The people of the newsroom, in the desk's look."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.contrib.sites.models import Site
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from articles.admin.base import AnyAddress, AnyKey, SaveAgain

admin.site.unregister([User, Group, Site])  # the one site is named by the settings


@admin.register(User)
class UserAdmin(SaveAgain, AnyAddress, AnyKey, DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "full_name", "email", "in_groups", "is_active", "last_login"]
    list_filter = ["groups", "is_active", "is_superuser"]
    compressed_fields = False

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def get_deleted_objects(self, objs, request):
        """What somebody did stays in the log, and with it the account that did it."""
        objects, counts, needed, protected = super().get_deleted_objects(objs, request)
        acted = User.objects.filter(pk__in=[user.pk for user in objs], logentry__isnull=False).distinct()
        said = gettext("“%(name)s” stands in the log; take away “Active” instead, and nobody signs in by this account.")
        return objects, counts, needed, [*protected, *(said % {"name": user} for user in acted)]

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user):
        return user.get_full_name()

    @admin.display(description=_("groups"))
    def in_groups(self, user):
        return ", ".join(group.name for group in user.groups.all()) or (_("Administrator") if user.is_superuser else "")


@admin.register(Group)
class GroupAdmin(SaveAgain, AnyAddress, AnyKey, DjangoGroupAdmin, ModelAdmin):
    pass
