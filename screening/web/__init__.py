"""What every page shares. Imports neither `patient` nor `staff`."""
