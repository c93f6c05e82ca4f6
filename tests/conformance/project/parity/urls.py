"""The conformance project serves nothing."""

urlpatterns = []
