"""What conversations are about: said by people, learned and guessed by a model."""
