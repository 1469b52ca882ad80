"""The rich text of a story behind one class, so that another editor is one change."""

from ckeditor.fields import RichTextField

from articles import markup


class RichText(RichTextField):
    """HTML that is cleaned whenever a row is written, on whatever way it came in: form, import, API, bulk_create."""

    def pre_save(self, model_instance, add):
        value = markup.clean(getattr(model_instance, self.attname) or "")
        setattr(model_instance, self.attname, value)
        return value
