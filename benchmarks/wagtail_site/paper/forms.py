from django import forms


class CommentForm(forms.Form):
    name = forms.CharField(max_length=80)
    email = forms.EmailField(help_text="It is not shown.")
    body = forms.CharField(widget=forms.Textarea, label="Comment", max_length=4000)
